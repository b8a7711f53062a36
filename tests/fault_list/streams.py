"""Faults in streams, their chunks and the batches that are cut from them."""

from fault_list.record import Fault

STREAM = "tests/data/test_stream.py::test_"
CHUNKS = "tests/data/test_chunks.py::test_"
ENGINES = "tests/engine/test_streams.py::test_"

FAULTS = (
    Fault(
        "every epoch visits the chunks in one order",
        "data/stream.py",
        'generator(seed, "shuffle chunks", epoch)',
        'generator(seed, "shuffle chunks")',
        (f"{STREAM}chunks_meet_other_chunks_in_every_epoch",),
    ),
    Fault(
        "every visit of a stream is mixed alike",
        "data/stream.py",
        'generator(seed, "shuffle mixed", epoch, number)',
        'generator(seed, "shuffle mixed")',
        (f"{STREAM}the_mixing_of_a_visit_is_its_own",),
    ),
    Fault(
        "chunks are shuffled but not mixed",
        "data/stream.py",
        "places[rng.permutation(count)] = np.arange(count)",
        "rng.permutation(count)",
        (f"{STREAM}examples_are_mixed_within_and_across_the_chunks_of_a_visit",),
    ),
    Fault(
        "targets are not mixed as features are",
        "data/stream.py",
        "x[ours], y[ours] = rows.x, rows.y",
        "x[ours], y[begun : begun + size] = rows.x, rows.y",
        (f"{ENGINES}a_shuffled_stream_is_the_data_in_memory_in_its_order[3-1-20-reference]",),
    ),
    Fault(
        "a stream's weights are relative to a chunk",
        "data/stream.py",
        "np.frexp(self.total_weight)",
        "np.frexp(weight.sum() * self.examples / size)",
        (f"{STREAM}relative_weights_are_those_of_the_data_in_memory",),
    ),
    Fault(
        "a straddling batch that ends with its visit is not whole",
        "data/stream.py",
        "if cuts[number + 1] <= seen + count:",
        "if cuts[number + 1] < seen + count:",
        (f"{STREAM}batches_are_whole_and_keep_the_order",),
    ),
    Fault(
        "a begun batch holds on to its whole visit",
        "data/stream.py",
        "pieces.append(_joined([_taken(visit, slice(start, count))]))",
        "pieces.append(_taken(visit, slice(start, count)))",
        (f"{STREAM}a_visit_is_forgotten_before_the_next_is_read",),
    ),
    Fault(
        "a sample is the first chunk",
        "data/stream.py",
        "np.linspace(0, last, self.mixed)",
        "np.zeros(self.mixed)",
        (f"{ENGINES}the_output_of_a_sorted_file_does_not_start_at_the_rate_of_its_first_rows",),
    ),
    Fault(
        "a bad number's row is counted from the chunk's first",
        "data/stream.py",
        'place = f"row {first + row}"',
        'place = f"row {row}"',
        (f"{STREAM}bad_chunks_are_refused_with_row_and_column",),
    ),
    Fault(
        "the pages of a mapped file stay in memory",
        "data/chunks.py",
        "    copy = np.array(part)\n",
        "    return np.array(part)\n",
        (f"{CHUNKS}what_was_read_of_a_mapped_file_is_no_longer_in_memory",),
    ),
    Fault(
        "changes to a copy-on-write mapping are thrown away",
        "data/chunks.py",
        'isinstance(mapping, np.memmap) and mapping.mode != "c"',
        "isinstance(mapping, np.memmap)",
        (f"{CHUNKS}changes_to_a_mapping_are_kept",),
    ),
    Fault(
        "every column of a Parquet file is decoded",
        "data/chunks.py",
        "self._scan.select(names).slice(number * self.rows, self.rows).collect()",
        "self._scan.slice(number * self.rows, self.rows).collect()",
        (f"{CHUNKS}only_what_is_needed_of_a_file_is_decoded",),
    ),
    Fault(
        "the weights of a Parquet file are features as well",
        "data/chunks.py",
        "others = {*self.targets, self.weight}",
        "others = {*self.targets}",
        (f"{CHUNKS}a_parquet_file_gives_the_chunks_of_its_arrays",),
    ),
    Fault(
        "a rewritten Parquet file goes unnoticed",
        "data/chunks.py",
        "if _stamp(self.path) != self._opened:",
        "if False:",
        (f"{CHUNKS}a_file_that_has_changed_is_refused",),
    ),
    Fault(
        "a batch of a stream is named by its places",
        "training/drawing.py",
        "yield Batch(x, y, weight, numbers[part])",
        "yield Batch(x, y, weight, np.arange(start, stop))",
        (f"{ENGINES}a_divergence_names_the_rows_of_the_file[True-reference]",),
    ),
    Fault(
        "a stream forgets its weights",
        "training/drawing.py",
        "None if rows.weight is None else rows.weight[part]",
        "None",
        (f"{ENGINES}a_weighted_stream_is_the_data_in_memory_in_its_order[reference]",),
    ),
    Fault(
        "a stream is shuffled against the plan",
        "training/drawing.py",
        "training.visits(plan.seed, epoch, shuffle=plan.shuffle)",
        "training.visits(plan.seed, epoch)",
        (f"{ENGINES}without_shuffling_a_stream_is_the_data_in_memory[10-2-6-reference]",),
    ),
    Fault(
        "every epoch of a stream is its first",
        "training/drawing.py",
        "training.visits(plan.seed, epoch, shuffle=plan.shuffle)",
        "training.visits(plan.seed, 0, shuffle=plan.shuffle)",
        (f"{ENGINES}a_resumed_run_reads_the_same_chunks_in_the_same_order",),
    ),
)

"""Faults in data sets, batches and toys."""

from fault_list.record import Fault

BATCHES = ("tests/data/test_batches.py",)
DATASET = ("tests/data/test_dataset.py",)
TOYS = ("tests/data/test_toys.py",)

FAULTS = (
    Fault(
        "the remainder batch is dropped",
        "data/batches.py",
        "np.append(np.arange(0, total, size), total)",
        "np.append(np.arange(0, total, size), max(size, total - total % size))",
        BATCHES,
    ),
    Fault(
        "any remainder joins the batch before it",
        "data/batches.py",
        "total % size == 1",
        "total % size >= 1",
        BATCHES,
    ),
    Fault(
        "every epoch has the same order",
        "data/batches.py",
        'generator(seed, "shuffle", epoch)',
        'generator(seed, "shuffle")',
        BATCHES,
    ),
    Fault(
        "the shuffled order is not used",
        "data/batches.py",
        "return (order[cut] for cut in cuts)",
        "return (np.arange(examples)[cut] for cut in cuts)",
        BATCHES,
    ),
    Fault(
        "relative weights sum to one",
        "data/dataset.py",
        "scaled / scaled.mean()",
        "scaled / scaled.sum()",
        DATASET,
    ),
    Fault(
        "chosen columns lose their weights",
        "data/dataset.py",
        "None if self.weight is None else _read_only(self.weight[chosen])",
        "None",
        DATASET,
    ),
    Fault(
        "infinity is a feature",
        "data/dataset.py",
        "finite = np.isfinite(array)",
        "finite = ~np.isnan(array)",
        DATASET,
    ),
    Fault(
        "the caller's array becomes read-only",
        "data/dataset.py",
        "convert = np.asarray if ours else np.array",
        "convert = np.asarray",
        DATASET,
    ),
    Fault(
        "the first inner example is labelled outer",
        "data/toys.py",
        "order >= zeros",
        "order > zeros",
        TOYS,
    ),
    Fault(
        "the circles draw their noise before the shuffle",
        "data/toys.py",
        "    legacy.shuffle(order)\n",
        "    legacy.normal(size=2)\n    legacy.shuffle(order)\n",
        TOYS,
    ),
    Fault(
        "the field's noise is a variance",
        "data/toys.py",
        "0.23 + noise * rng",
        "0.23 + noise**2 * rng",
        ("src/trainwell/data/toys.py",),
    ),
)

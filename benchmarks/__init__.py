"""What trainwell costs beside its peers, as ratios measured within one run.

    pip install '.[bench]'
    python -m benchmarks [NAME ...] [--quick] [--json FILE] [--plot FILE]

A comparison times everybody in turn, again and again, on equal work; the loss beside the
time shows that the work was done. Ratios hold on any machine, times only on this one.
"""

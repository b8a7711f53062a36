"""Freed memory is kept for the next arrays, and not given back page by page."""

from io import BufferedReader, BytesIO

_BLOCK = 2**25 - 2**13
"""Bytes of the longest block that moves the limit of the GNU C library, beside its head."""


def keep_freed_memory() -> None:
    """Have the allocator keep up to 64 MiB of freed memory for this process.

    Arrays of more than 128 KiB come from the system, and go back there; each of their pages is
    then cleared again for the next one, which takes a third of the time of a check of 50,000
    parameters. Where such a block is freed, the GNU C library begins to keep blocks of its size,
    and twice as much in all [1]_. One that nobody writes to costs nothing; other allocators are
    not moved by it. NumPy would ask for huge pages here [2]_, and whatever comes to lie there
    later would have two megabytes cleared for it: a buffer does not.

    References
    ----------
    .. [1] mallopt(3), M_MMAP_THRESHOLD and M_TRIM_THRESHOLD.
    .. [2] NumPy, "Global Configuration Options", NUMPY_MADVISE_HUGEPAGE.
    """
    BufferedReader(BytesIO(), _BLOCK)

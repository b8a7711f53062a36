"""What a person may choose for all comparisons."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """How comparisons are made.

    Parameters
    ----------
    quick : bool, default=False
        Fewer repeats.
    engine : str, default="compiled"
        Which engine of ours trains.
    plot : Path or None, default=None
        Where the picture of the scaling goes.
    """

    quick: bool = False
    engine: str = "compiled"
    plot: Path | None = None

    @property
    def repeats(self) -> int:
        """Repeats of a comparison in one process."""
        return 3 if self.quick else 9

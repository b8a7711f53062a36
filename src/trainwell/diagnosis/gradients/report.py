"""What a check of a gradient has found: for a program to read and for a person."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_localisation.finding import Finding
from trainwell.diagnosis.gradient_verdict.anchor import REVEALED
from trainwell.diagnosis.gradient_verdict.comparison import Comparison, Status


class GradientError(AssertionError):
    """A gradient is not the gradient of its cost; the message is the report."""


@dataclass(frozen=True, eq=False)
class GradientReport:
    """What a check of a gradient has found.

    Parameters
    ----------
    verdict : {"PASS", "FAIL", "UNDECIDED"}
        On all arrays together.
    arrays : mapping of str to Comparison
        On each of them.
    findings : tuple of Finding
        The bugs, independent of each other.
    reasons : tuple of str
        Why the verdict is what it is, where that is not plain: kinks, rounding, chance.
    blind_spots : tuple of str
        What this check could not have seen.
    method : str
        Where the reference came from: ``"trace"``, ``"complex"``, ``"central"``, or
        ``"complex and central"`` where the cost takes complex numbers for some only.
    operations : int
        Recorded operations of the forward pass; 0 without a tape.
    directions : int
        Random directions along which the reference was compared with the untouched function.
    disagreement : float
        The largest disagreement along them, relative.
    miss_probability : float
        Bound of the probability that a reference with a relative error above 1e-6 was
        confirmed.
    difference : float
        The course's number: the distance of the two gradients over the sum of their lengths.
    forward_equivalents : float
        Time of the whole check over that of one forward pass.
    seconds : float
        Time of the whole check.
    note : str
        Why the tape was not used, if it was not.
    slopes : str
        How the slopes along the random directions were found: ``"complex"``, ``"ladder"`` (of
        differences), or both.
    passes : int
        Forward passes that the reference took number by number; 0 with a tape.
    confirmed : bool
        Whether the untouched function confirmed the reference along all directions.
    file : str
        Where the backward pass stands: of lines of other files that is said.
    elsewhere : bool
        Whether those directions were drawn at another point, where the gradient itself, which is
        the reference's at the given one, was compared with the untouched function.

    See Also
    --------
    check_gradients : Makes one.
    """

    verdict: str
    arrays: Mapping[str, Comparison]
    findings: tuple[Finding, ...]
    reasons: tuple[str, ...]
    blind_spots: tuple[str, ...]
    method: str
    operations: int
    directions: int
    disagreement: float
    miss_probability: float
    difference: float
    forward_equivalents: float
    seconds: float
    note: str = ""
    slopes: str = ""
    passes: int = 0
    confirmed: bool = True
    file: str = ""
    elsewhere: bool = False

    @property
    def ok(self) -> bool:
        """Say whether the gradient was seen to be right."""
        return self.verdict == "PASS"

    def __getitem__(self, name: str) -> Comparison:
        return self.arrays[name]

    def __str__(self) -> str:
        from trainwell.diagnosis.gradients.text import as_text

        return as_text(self)

    def raise_if_failed(self) -> None:
        """Raise :class:`GradientError` with the report unless the verdict is PASS."""
        if not self.ok:
            raise GradientError(f"\n{self}")

    def to_json(self) -> str:
        """Return the report as one JSON object, without the arrays' numbers."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {
            "verdict": self.verdict,
            "ok": self.ok,
            "arrays": {
                name: {
                    "status": found.status.name,
                    "error": _finite(found.error),
                    "shape": list(found.expected.shape),
                    "wrong_elements": int(found.wrong.sum())
                    if found.status is not Status.OK
                    else 0,
                }
                for name, found in self.arrays.items()
            },
            "findings": [
                {
                    "target": finding.target,
                    "kind": finding.kind,
                    "factor": _finite(finding.factor),
                    "file": finding.file,
                    "line": finding.shown_line,
                    "message": finding.message,
                    "confidence": finding.confidence,
                    "affected": list(finding.affected),
                    "alternatives": list(finding.alternatives),
                }
                for finding in self.findings
            ],
            "reasons": list(self.reasons),
            "blind_spots": list(self.blind_spots),
            "method": self.method,
            "note": self.note,
            "operations": self.operations,
            "passes": self.passes,
            "slopes": self.slopes,
            "directions": self.directions,
            "elsewhere": self.elsewhere,
            "disagreement": _finite(self.disagreement),
            "undetected_relative_error": REVEALED,
            "confirmed": self.confirmed,
            "miss_probability": self.miss_probability,
            "difference": _finite(self.difference),
            "forward_equivalents": self.forward_equivalents,
            "seconds": self.seconds,
        }


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and np.isfinite(value) else None

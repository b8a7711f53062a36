"""Both passes of a user, as everything that looks for their faults is given them."""

from collections.abc import Sequence
from dataclasses import dataclass

from trainwell.diagnosis.gradient_patches.patch_trials import Patchable
from trainwell.diagnosis.gradient_patches.patching import Offer
from trainwell.diagnosis.gradient_verdict.constants import Constants
from trainwell.diagnosis.gradients.patchable import Record


@dataclass(frozen=True, eq=False)
class Passes:
    """Both passes of a user, and what is wrong with their gradients.

    Parameters
    ----------
    record : callable
        Returns both in one recording; ``None`` if they cannot be followed.
    constants : Constants
        Numbers with a name.
    patchable : Patchable
        The backward pass with its source.
    offer : Offer
        Its patches.
    wrong : sequence of str
        Parameters whose gradients are wrong.
    """

    record: Record
    constants: Constants
    patchable: Patchable
    offer: Offer
    wrong: Sequence[str]

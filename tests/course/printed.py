"""What the course documents print: facts that the tests of several files compare with."""

from dataclasses import dataclass
from math import inf

import numpy as np


@dataclass(frozen=True)
class Printed:
    """Costs as printed, the tolerance that rounding asks for, and the two accuracies."""

    settings: dict[str, object]
    costs: tuple[float, ...]
    tolerance: float
    training_accuracy: float
    test_accuracy: float


PRINTED_DIGITS = 5e-13  # accuracies are printed with 12 decimals

LN_2 = 0.6931471805599453

CIRCLES = {
    "zeros": Printed(
        {"initialization": "zeros"},
        (*[LN_2] * 10, 0.6931471805599455, *[LN_2] * 4),
        1e-12, 0.5, 0.5,
    ),
    # Chaotic: the runs that people published differ by as much as 0.0045.
    "random": Printed(
        {"initialization": "random"},
        (
            inf, 0.6237287551108738, 0.5981106708339466, 0.5638353726276827, 0.550152614449184,
            0.5444235275228304, 0.5374184054630083, 0.47357131493578297, 0.39775634899580387,
            0.3934632865981078, 0.39202525076484457, 0.38921493051297673, 0.38614221789840486,
            0.38497849983013926, 0.38278397192120406,
        ),
        0.01, 0.83, 0.86,
    ),
    "he": Printed(
        {"initialization": "he"},
        (
            0.8830537463419761, 0.6879825919728063, 0.6751286264523371, 0.6526117768893807,
            0.6082958970572938, 0.5304944491717495, 0.4138645817071794, 0.3117803464844441,
            0.23696215330322562, 0.18597287209206836, 0.1501555628037182, 0.12325079292273548,
            0.09917746546525937, 0.0845705595402428, 0.07357895962677366,
        ),
        1e-12, 0.993333333333, 0.96,
    ),
}  # fmt: skip

# Every 10,000 iterations.
FOOTBALL = {
    "noreg": Printed(
        {},
        (0.6557412523481002, 0.16329987525724216, 0.13851642423255986),
        1e-11, 0.947867298578, 0.915,
    ),
    "l2": Printed(
        {"lambd": 0.7},
        (0.6974484493131264, 0.2684918873282239, 0.2680916337127301),
        1e-12, 0.938388625592, 0.93,
    ),
    "dropout": Printed(
        {"keep_prob": 0.86},
        (0.6543912405149825, 0.06101698657490559, 0.060582435798513114),
        1e-12, 0.928909952607, 0.95,
    ),
}  # fmt: skip

ONE_DIMENSION = 2.919335883291695e-10
TWO_BUGS = 0.285093156781


def differ(computed: object, printed: object) -> float:
    """Return the largest difference; an infinite number equals itself."""
    computed, printed = np.asarray(computed, dtype=float), np.asarray(printed, dtype=float)
    assert computed.shape == printed.shape
    differences = np.zeros(computed.shape)
    np.subtract(computed, printed, out=differences, where=computed != printed)
    return float(np.abs(differences).max())

"""Every number that the course's documents print, with the tolerance it is held to.

The numbers are facts of the public assignments; nothing else of the documents is here.
Costs are those before the update of the iteration; accuracies are shares unless they are
in percent, as in the documents' summaries.
"""

from dataclasses import dataclass
from math import inf


@dataclass(frozen=True)
class Published:
    """A quantity that a document prints, number by number.

    Parameters
    ----------
    case : str
        Experiment or function, for example ``"circles, He"``.
    quantity : str
        What was printed: ``"cost"``, ``"train accuracy"``, ``"dW1"``, ...; a remark may
        stand behind a comma.
    values : tuple of float
        The printed numbers, arrays row by row.
    tolerance : float
        Largest difference that rounding explains.
    at : tuple of int, default=()
        Iteration of each value, where there is one.
    """

    case: str
    quantity: str
    values: tuple[float, ...]
    tolerance: float
    at: tuple[int, ...] = ()


EIGHT_DECIMALS = 1e-8
TWELVE_DECIMALS = 5e-13
LITERALS = 2e-8
"""Cases whose inputs were rounded to eight decimals themselves."""

WHOLE_PERCENT = 0.5

CHAOTIC = 0.01
"""Costs of the large random start: rounding grows, other machines differ by 0.0045."""

THOUSANDS = tuple(range(0, 15_000, 1000))
TENS_OF_THOUSANDS = (0, 10_000, 20_000)


def _bits(hexadecimal: int) -> tuple[float, ...]:
    """Return the binary digits behind the leading one."""
    return tuple(float(digit) for digit in f"{hexadecimal:b}"[1:])


INITIAL_WEIGHTS = (
    Published("zeros, 3-2-1", "W1", (0.0,) * 6, 0.0),
    Published("zeros, 3-2-1", "b1", (0.0,) * 2, 0.0),
    Published("zeros, 3-2-1", "W2", (0.0,) * 2, 0.0),
    Published("zeros, 3-2-1", "b2", (0.0,), 0.0),
    Published(
        "large random, 3-2-1",
        "W1",
        (17.88628473, 4.36509851, 0.96497468, -18.63492703, -2.77388203, -3.54758979),
        EIGHT_DECIMALS,
    ),
    Published("large random, 3-2-1", "b1", (0.0,) * 2, EIGHT_DECIMALS),
    Published("large random, 3-2-1", "W2", (-0.82741481, -6.27000677), EIGHT_DECIMALS),
    Published("large random, 3-2-1", "b2", (0.0,), EIGHT_DECIMALS),
    Published(
        "He, 2-4-1",
        "W1",
        (
            *(1.78862847, 0.43650985, 0.09649747, -1.8634927),
            *(-0.2773882, -0.35475898, -0.08274148, -0.62700068),
        ),
        EIGHT_DECIMALS,
    ),
    Published("He, 2-4-1", "b1", (0.0,) * 4, EIGHT_DECIMALS),
    Published(
        "He, 2-4-1", "W2", (-0.03098412, -0.33744411, -0.92904268, 0.62552248), EIGHT_DECIMALS
    ),
    Published("He, 2-4-1", "b2", (0.0,), EIGHT_DECIMALS),
)

CIRCLES = (
    Published(
        "circles, zeros",
        "cost",
        (*(0.6931471805599453,) * 10, 0.6931471805599455, *(0.6931471805599453,) * 4),
        1e-12,
        THOUSANDS,
    ),
    Published("circles, zeros", "train accuracy", (0.5,), TWELVE_DECIMALS),
    Published("circles, zeros", "test accuracy", (0.5,), TWELVE_DECIMALS),
    Published("circles, zeros", "train accuracy in percent", (50.0,), WHOLE_PERCENT),
    Published("circles, zeros", "train predictions", (0.0,) * 300, 0.0),
    Published("circles, zeros", "test predictions", (0.0,) * 100, 0.0),
    Published(
        "circles, large random",
        "cost",
        (
            *(inf, 0.6237287551108738, 0.5981106708339466, 0.5638353726276827),
            *(0.550152614449184, 0.5444235275228304, 0.5374184054630083),
            *(0.47357131493578297, 0.39775634899580387, 0.3934632865981078),
            *(0.39202525076484457, 0.38921493051297673, 0.38614221789840486),
            *(0.38497849983013926, 0.38278397192120406),
        ),
        CHAOTIC,
        THOUSANDS,
    ),
    Published("circles, large random", "train accuracy", (0.83,), TWELVE_DECIMALS),
    Published("circles, large random", "test accuracy", (0.86,), TWELVE_DECIMALS),
    Published("circles, large random", "train accuracy in percent", (83.0,), WHOLE_PERCENT),
    Published(
        "circles, large random",
        "train predictions",
        _bits(0x1B3E962FD9FEF5E7B5E0AE7E76B6B26E97F662AE7B5AF7ABDB6BBA96DBBD371BDB911E1E7F1E),
        0.0,
    ),
    Published(
        "circles, large random", "test predictions", _bits(0x1F5B852BE167DD6AFFAFA46C6C), 0.0
    ),
    Published(
        "circles, He",
        "cost",
        (
            *(0.8830537463419761, 0.6879825919728063, 0.6751286264523371, 0.6526117768893807),
            *(0.6082958970572938, 0.5304944491717495, 0.4138645817071794, 0.3117803464844441),
            *(0.23696215330322562, 0.18597287209206836, 0.1501555628037182),
            *(0.12325079292273548, 0.09917746546525937, 0.0845705595402428, 0.07357895962677366),
        ),
        1e-12,
        THOUSANDS,
    ),
    Published("circles, He", "train accuracy", (0.993333333333,), TWELVE_DECIMALS),
    Published("circles, He", "test accuracy", (0.96,), TWELVE_DECIMALS),
    Published("circles, He", "train accuracy in percent", (99.0,), WHOLE_PERCENT),
)

FOOTBALL = (
    Published(
        "football, no regularisation",
        "cost",
        (0.6557412523481002, 0.16329987525724216, 0.13851642423255986),
        1e-11,
        TENS_OF_THOUSANDS,
    ),
    Published(
        "football, no regularisation",
        "cost, printed by another machine",
        (0.6557412523481002, 0.1632998752572419, 0.13851642423239133),
        1e-11,
        TENS_OF_THOUSANDS,
    ),
    Published("football, no regularisation", "train accuracy", (0.947867298578,), TWELVE_DECIMALS),
    Published("football, no regularisation", "test accuracy", (0.915,), TWELVE_DECIMALS),
    Published("football, no regularisation", "train accuracy in percent", (95.0,), WHOLE_PERCENT),
    Published("football, no regularisation", "test accuracy in percent", (91.5,), WHOLE_PERCENT),
    Published(
        "football, L2",
        "cost",
        (0.6974484493131264, 0.2684918873282239, 0.2680916337127301),
        1e-12,
        TENS_OF_THOUSANDS,
    ),
    Published("football, L2", "train accuracy", (0.938388625592,), TWELVE_DECIMALS),
    Published("football, L2", "test accuracy", (0.93,), TWELVE_DECIMALS),
    Published("football, L2", "train accuracy in percent", (94.0,), WHOLE_PERCENT),
    Published("football, L2", "test accuracy in percent", (93.0,), WHOLE_PERCENT),
    Published(
        "football, dropout",
        "cost",
        (0.6543912405149825, 0.06101698657490559, 0.060582435798513114),
        1e-12,
        TENS_OF_THOUSANDS,
    ),
    Published("football, dropout", "train accuracy", (0.928909952607,), TWELVE_DECIMALS),
    Published("football, dropout", "test accuracy", (0.95,), TWELVE_DECIMALS),
    Published("football, dropout", "train accuracy in percent", (93.0,), WHOLE_PERCENT),
    Published("football, dropout", "test accuracy in percent", (95.0,), WHOLE_PERCENT),
)

FUNCTIONS = (
    Published("cost with L2", "cost", (1.78648594516,), 5e-12),
    Published(
        "gradients with L2",
        "dW1",
        (-0.25604646, 0.12298827, -0.28297129, -0.17706303, 0.34536094, -0.4410571),
        LITERALS,
    ),
    Published(
        "gradients with L2",
        "dW2",
        (0.79276486, 0.85133918, -0.0957219, -0.01720463, -0.13100772, -0.03750433),
        LITERALS,
    ),
    Published("gradients with L2", "dW3", (-1.77691347, -0.11832879, -0.09397446), LITERALS),
    Published(
        "forward pass with dropout",
        "A3",
        (0.36974721, 0.00305176, 0.04565099, 0.49683389, 0.36974721),
        EIGHT_DECIMALS,
    ),
    Published(
        "backward pass with dropout",
        "dA1",
        (
            *(0.36544439, 0.0, -0.00188233, 0.0, -0.17408748),
            *(0.65515713, 0.0, -0.00337459, 0.0, 0.0),
        ),
        LITERALS,
    ),
    Published(
        "backward pass with dropout",
        "dA2",
        (
            *(0.58180856, 0.0, -0.00299679, 0.0, -0.27715731),
            *(0.0, 0.53159854, 0.0, 0.53159854, -0.34089673),
            *(0.0, 0.0, -0.00292733, 0.0, 0.0),
        ),
        LITERALS,
    ),
)

GRADIENT_CHECKS = (
    Published("gradient check, 1-D", "J", (8.0,), 1e-20),
    Published("gradient check, 1-D", "dtheta", (2.0,), 1e-20),
    Published("gradient check, 1-D", "difference", (2.91933588329e-10,), 1e-20),
    Published("gradient check, N-D, planted bugs", "difference", (0.285093156781,), 1e-8),
)

PUBLISHED = (*INITIAL_WEIGHTS, *CIRCLES, *FUNCTIONS, *GRADIENT_CHECKS, *FOOTBALL)
"""Everything, in the order of the report."""

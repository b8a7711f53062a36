"""Faults in splits, scaling and augmentation."""

from fault_list.record import Fault

SPLITS = ("tests/data/test_splits.py",)
SCALING = ("tests/data/test_scaling.py",)
AUGMENTATION = ("tests/data/test_augmentation.py",)
ENCODING = ("tests/data/test_encoding.py",)

FAULTS = (
    Fault(
        "a group is divided",
        "data/splits.py",
        "return home[codes]",
        "return rng.permutation(home[codes])",
        SPLITS,
    ),
    Fault(
        "every seed splits alike",
        "data/splits.py",
        'generator(required_integer(_OWNER, "seed", seed, 0), "split")',
        'generator(0 * required_integer(_OWNER, "seed", seed, 0), "split")',
        SPLITS,
    ),
    Fault(
        "a split forgets its labels",
        "data/splits.py",
        "np.zeros(total, np.intp) if labels is None else",
        "np.zeros(total, np.intp) if True else",
        SPLITS,
    ),
    Fault(
        "examples are dealt in the order of the file",
        "data/splits.py",
        'order[np.argsort(codes[order], kind="stable")]',
        'np.argsort(codes, kind="stable")',
        SPLITS,
    ),
    Fault(
        "features are divided by their variance",
        "data/scaling.py",
        "np.ldexp(np.sqrt(variance), exponent)",
        "np.ldexp(variance, exponent)",
        SCALING,
    ),
    Fault(
        "the mean forgets the weights",
        "data/scaling.py",
        "(shares * values).sum(axis=1, keepdims=True)",
        "values.mean(axis=1, keepdims=True)",
        SCALING,
    ),
    Fault(
        "the inverse adds before it multiplies",
        "data/scaling.py",
        "(z * self.scale + self.mean)",
        "((z + self.mean) * self.scale)",
        SCALING,
    ),
    Fault(
        "mixup mixes features but not targets",
        "data/augmentation.py",
        "_mixed(y, partner, share)",
        "y",
        AUGMENTATION,
    ),
    Fault(
        "the noise of features is a variance",
        "data/augmentation.py",
        "x.dtype.type(self.scale) * noise",
        "x.dtype.type(self.scale**2) * noise",
        AUGMENTATION,
    ),
    Fault(
        "nobody is told that a number was missing",
        "data/inputs.py",
        "return bool(missing.any() and not missing.all())",
        "return False",
        ENCODING,
    ),
    Fault(
        "a missing number becomes zero",
        "data/moments.py",
        "np.where(np.isnan(values), self.median, values)",
        "np.where(np.isnan(values), 0.0, values)",
        ENCODING,
    ),
)

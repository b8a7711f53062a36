"""Faults in settings and randomness."""

from fault_list.record import Fault

SETTINGS = ("tests/test_settings.py",)
RANDOMNESS = ("tests/test_randomness.py",)

FAULTS = (
    Fault(
        "an open interval includes its end",
        "settings.py",
        'above = value >= self.low if self.closed in {"both", "left"} else value > self.low',
        "above = value >= self.low",
        SETTINGS,
    ),
    Fault(
        "infinity is a setting",
        "settings.py",
        "return above and below and isfinite(value)",
        "return above and below",
        SETTINGS,
    ),
    Fault(
        "True counts as the integer 1",
        "settings.py",
        "if isinstance(value, Integral) and not isinstance(value, bool):",
        "if isinstance(value, Integral):",
        SETTINGS,
    ),
    Fault(
        "an unknown field of a document is dropped",
        "settings.py",
        "        if name not in known:\n            raise",
        "        if False:\n            raise",
        SETTINGS,
    ),
    Fault(
        "the purpose does not enter the key",
        "randomness.py",
        "key = np.array([_word(seed), _word(purpose)], dtype=np.uint64)",
        "key = np.array([_word(seed), 0], dtype=np.uint64)",
        RANDOMNESS,
    ),
    Fault(
        "counters stand where the draws are counted",
        "randomness.py",
        "counter[1 : 1 + len(counters)] = counters",
        "counter[: len(counters)] = counters",
        RANDOMNESS,
    ),
    Fault(
        "the hash loses a round",
        "randomness.py",
        "    bits ^= bits >> np.uint32(15)\n",
        "",
        RANDOMNESS,
    ),
    Fault(
        "one dropout mask for all steps",
        "randomness.py",
        "_derived(_derived(dropout_key(self.seed), self.step), self.layer)",
        "_derived(dropout_key(self.seed), self.layer)",
        RANDOMNESS,
    ),
    Fault(
        "what is kept and what is dropped are exchanged",
        "randomness.py",
        "bits < np.uint32(threshold)",
        "bits >= np.uint32(threshold)",
        RANDOMNESS,
    ),
)

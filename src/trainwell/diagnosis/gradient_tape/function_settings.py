"""What NumPy's functions are given beside their arrays."""

# ruff: noqa: SIM905 - a list of names is easier to read without its commas

VIEWS = frozenset(
    """reshape ravel transpose swapaxes moveaxis squeeze expand_dims broadcast_to flip rot90 diag
    diagonal sliding_window_view""".split()
)
"""Functions whose result may share memory with their argument."""

SETTINGS: dict[str, tuple[str, ...]] = {
    "sum": ("axis", "dtype", "out", "keepdims"),
    "mean": ("axis", "dtype", "out", "keepdims"),
    "prod": ("axis", "dtype", "out", "keepdims"),
    "var": ("axis", "dtype", "out", "ddof", "keepdims"),
    "std": ("axis", "dtype", "out", "ddof", "keepdims"),
    "max": ("axis", "out", "keepdims"),
    "min": ("axis", "out", "keepdims"),
    "softmax": ("axis",),
    "log_softmax": ("axis",),
    "norm": ("ord", "axis", "keepdims"),
    "cumsum": ("axis", "dtype", "out"),
    "trace": ("offset", "axis1", "axis2", "dtype", "out"),
    "reshape": ("shape", "order"),
    "ravel": ("order",),
    "transpose": ("axes",),
    "swapaxes": ("axis1", "axis2"),
    "moveaxis": ("source", "destination"),
    "squeeze": ("axis",),
    "expand_dims": ("axis",),
    "broadcast_to": ("shape",),
    "flip": ("axis",),
    "rot90": ("k", "axes"),
    "roll": ("shift", "axis"),
    "tile": ("reps",),
    "repeat": ("repeats", "axis"),
    "diag": ("k",),
    "diagonal": ("offset", "axis1", "axis2"),
    "take": ("indices", "axis", "out", "mode"),
    "take_along_axis": ("indices", "axis"),
    "delete": ("obj", "axis"),
    "sliding_window_view": ("window_shape", "axis"),
    "sort": ("axis",),
    "pad": ("pad_width", "mode", "constant_values"),
    "clip": ("a_min", "a_max", "out"),
    "tril": ("k",),
    "triu": ("k",),
    "tensordot": ("axes",),
    "dot": ("out",),
    "outer": ("out",),
    "cross": ("axisa", "axisb", "axisc", "axis"),
    "convolve": ("mode",),
    "correlate": ("mode",),
    "convolve2d": ("mode", "boundary", "fillvalue"),
    "correlate2d": ("mode", "boundary", "fillvalue"),
    "convolve_along_all": ("mode", "method"),
    "correlate_along_all": ("mode", "method"),
    "fftconvolve": ("mode", "axes"),
    "oaconvolve": ("mode", "axes"),
    "fft": ("n", "axis", "norm"),
    "ifft": ("n", "axis", "norm"),
    "eigvalsh": ("UPLO",),
    "eigenvectors": ("UPLO",),
    "pinv": ("rcond", "hermitian"),
}
"""By the name of a rule: in the order of NumPy, or SciPy, behind the arrays."""

REDUCTIONS = {
    "add": "sum",
    "multiply": "prod",
    "maximum": "max",
    "minimum": "min",
    "logical_and": "all",
    "logical_or": "any",
}
"""Functions that a universal function's ``reduce`` stands for."""

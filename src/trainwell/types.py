"""Array aliases, and the letters that docstrings use for the lengths of axes.

Inside the library examples are columns, as in the course.

==========  ===========================================================
letter      meaning
==========  ===========================================================
``B``       examples of a batch
``N``       examples (columns) or rows of a data set
``I``       inputs of a layer or network, features of a data set
``O``       outputs of a layer or network
``U``       units of a layer
``C``       classes
``P``       trainable parameters of a network
``S``       running statistics of a network (``buffers``)
==========  ===========================================================
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating]
IntArray = NDArray[np.integer]
BoolArray = NDArray[np.bool_]

Json = Mapping[str, Any]
"""One JSON object, as :mod:`json` reads it."""

"""What kernels that are called by address are given: one family for each kind of part.

``layer`` is a row of :class:`~trainwell.kernels.program.Program.layers`, ``numbers`` the
settings that are real; arrays are flat or have examples as columns. What a kernel computes
is written into the argument that its summary names.
"""

from typing import Any

from numba.core import types

from trainwell.kernels.calls import Family, caller


def _vector(number: Any) -> Any:
    return types.Array(number, 1, "C")


def _matrix(number: Any) -> Any:
    return types.Array(number, 2, "C")


_INTEGERS, _NUMBERS = _vector(types.int64), _vector(types.float64)


def _forward(number: Any) -> tuple[Any, ...]:
    vector, matrix = _vector(number), _matrix(number)
    switches = (types.boolean, types.uint32, types.int64)
    return (_INTEGERS, _NUMBERS, vector, vector, matrix, matrix, vector, *switches)


def _backward(number: Any) -> tuple[Any, ...]:
    vector, matrix = _vector(number), _matrix(number)
    passed = (matrix, matrix, vector, matrix, matrix)
    return (_INTEGERS, _NUMBERS, vector, *passed, vector, types.boolean)


def _loss(number: Any) -> tuple[Any, ...]:
    matrix = _matrix(number)
    return (_NUMBERS, matrix, matrix, _vector(number), matrix)


def _affine(number: Any) -> tuple[Any, ...]:
    matrix = _matrix(number)
    return (matrix, _vector(number), matrix, matrix, types.boolean)


def _rule(number: Any) -> tuple[Any, ...]:
    vector = _vector(number)
    return (_NUMBERS, _matrix(types.int64), vector, vector, types.float64)


def _update(number: Any) -> tuple[Any, ...]:
    vector = _vector(number)
    return (_NUMBERS, vector, vector, _matrix(number), types.int64, types.float64)


FORWARD = Family(types.void, _forward)
"""``(layer, numbers, theta, buffers, x, y, extra, training, key, first)``, into ``y``; the batch
is ``x`` or, if another thread has its ``first`` examples, goes on in it."""

BACKWARD = Family(types.void, _backward)
"""``(layer, numbers, theta, x, y, extra, grad_y, grad_x, gradient, wanted)``, into the last
arrays; ``grad_x`` only if it is ``wanted``."""

VALUE = Family(types.void, lambda number: (_vector(number),))
"""An activation, in place: ``(values,)``, which are ``z`` before and ``a`` after."""

SLOPE = Family(types.void, lambda number: (_vector(number),) * 2)
"""An activation's way back, in place: ``(kept, grad)``, where ``kept`` is ``z`` or ``a``."""

LOSS = Family(types.float64, _loss)
"""``(numbers, logits, y, weight, grad)``: the mean over the batch; its gradient into ``grad``."""

OUTPUT = Family(types.void, lambda number: (_matrix(number),) * 2)
"""What a loss makes of its logits, ``(logits, output)``, into ``output``."""

AFFINE = Family(types.void, _affine)
"""A matrix product with a bias, ``(weights, bias, x, y, transposed)``, into ``y``."""

RULE = Family(types.float64, _rule)
"""What a plan adds to a step, ``(rules, segments, theta, gradient, rate)``, into ``theta`` or
``gradient``; returns what it adds to the objective."""

UPDATE = Family(types.void, _update)
"""An optimizer's step, ``(numbers, theta, gradient, moments, step, rate)``, into ``theta`` and
``moments``."""

call_forward = caller(FORWARD)
call_backward = caller(BACKWARD)
call_value = caller(VALUE)
call_slope = caller(SLOPE)
call_loss = caller(LOSS)
call_output = caller(OUTPUT)
call_affine = caller(AFFINE)
call_rule = caller(RULE)
call_update = caller(UPDATE)

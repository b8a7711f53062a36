"""Faults in the kernels of layers and losses; each is seen where kernels run as Python."""

from fault_list.record import Fault

AS_PYTHON = (("NUMBA_DISABLE_JIT", "1"),)
"""Nothing is compiled: a fault is tried in seconds."""

EQUALITY = "tests/engine/test_equality.py"
ALONE = f"{EQUALITY}::test_every_feature_alone_gives_the_numbers_of_the_reference"
SIZES = f"{EQUALITY}::test_layers_and_batches_of_every_size_give_the_numbers_of_the_reference"
SATURATED = "tests/kernels/test_divergence.py::test_what_saturates_may_be_infinite_before_it"
PRODUCTS = "tests/kernels/test_products.py::test_a_dense_layer_is_right_for_every_size"
EXPONENTIALS = "tests/kernels/test_exponentials.py"
PREDICTED = "tests/engine/test_prediction.py"


def _fault(name: str, file: str, old: str, new: str, test: str) -> Fault:
    return Fault(name, file, old, new, (test,), AS_PYTHON)


FAULTS = (
    _fault(
        "the sigmoid's slope forgets the other half",
        "kernels/activations.py",
        "grad[i] *= kept[i] * (one - kept[i])",
        "grad[i] *= kept[i]",
        f"{ALONE}[sigmoid]",
    ),
    _fault(
        "tanh loses its sign",
        "kernels/activations.py",
        "values[i] = -sign * shrunk / (two + shrunk)",
        "values[i] = -shrunk / (two + shrunk)",
        f"{ALONE}[tanh]",
    ),
    _fault(
        "what is not positive leaks nothing",
        "kernels/activations.py",
        "values[i] *= one if values[i] > zero else leak",
        "values[i] *= one if values[i] > zero else zero",
        f"{ALONE}[leaky_relu]",
    ),
    _fault(
        "the scaled ELU's slope below zero is that of the plain one",
        "kernels/activations.py",
        "scale if kept[i] > zero else kept[i] + below",
        "scale if kept[i] > zero else kept[i] + scale",
        f"{ALONE}[selu]",
    ),
    _fault(
        "GELU's slope lacks the density",
        "kernels/activations.py",
        "grad[i] *= distribution + kept[i] * density",
        "grad[i] *= distribution + density",
        f"{ALONE}[gelu]",
    ),
    _fault(
        "infinity times zero is taken for a number",
        "kernels/activations.py",
        (
            "    lowest = values.dtype.type(LOWEST)\n"
            "    for i in range(values.size):\n"
            "        finite = max(values[i], lowest)\n"
            "        values[i] = finite"
        ),
        (
            "    for i in range(values.size):\n"
            "        finite = values[i]\n"
            "        values[i] = finite"
        ),
        f"{SATURATED}[relu]",
    ),
    _fault(
        "an activation that needs its input is given its output",
        "kernels/activate.py",
        "segment(extra, 0, y.size) if layer[KEEPS_INPUT] else flat(y)",
        "flat(y)",
        f"{ALONE}[silu]",
    ),
    _fault(
        "the running variance is the biased one",
        "kernels/batch_norm.py",
        "newness * unbiased",
        "newness * variance",
        f"{ALONE}[batch-norm]",
    ),
    _fault(
        "the running mean moves the wrong way",
        "kernels/batch_norm.py",
        "momentum * buffers[means + unit] + newness * mean",
        "newness * buffers[means + unit] + momentum * mean",
        f"{ALONE}[batch-norm]",
    ),
    _fault(
        "a batch is normalised with the unbiased variance",
        "kernels/batch_norm.py",
        "inverse = one / x.dtype.type(sqrt(variance + epsilon))",
        ("inverse = one / x.dtype.type(sqrt(variance * count / max(count - one, one) + epsilon))"),
        f"{ALONE}[batch-norm]",
    ),
    _fault(
        "batch norm's way back takes the mean for a constant",
        "kernels/batch_norm.py",
        "rest = grad_y[unit, example] - centre - normal[unit, example] * projection",
        "rest = grad_y[unit, example] - normal[unit, example] * projection",
        f"{ALONE}[batch-norm]",
    ),
    _fault(
        "a single example is normalised with itself",
        "kernels/batch_norm.py",
        "if training and examples > 1:",
        "if training and examples > 0:",
        f"{ALONE}[single-examples-normalised]",
    ),
    _fault(
        "validation moves the running statistics",
        "kernels/batch_norm.py",
        "if training and examples > 1:",
        "if examples > 1:",
        f"{ALONE}[checked-normalised]",
    ),
    _fault(
        "the kernel's mask forgets the layer",
        "kernels/dropout.py",
        "own = hashed(key, layer[ORDINAL])",
        "own = hashed(key, 0)",
        f"{ALONE}[dropout-in-a-row]",
    ),
    _fault(
        "what dropout keeps is not scaled up",
        "kernels/dropout.py",
        "x.dtype.type(1) / x.dtype.type(numbers[KEEP])",
        "x.dtype.type(1)",
        f"{ALONE}[dropout]",
    ),
    _fault(
        "dropout's way back forgets the mask",
        "kernels/dropout.py",
        "grad_y[unit, example] * mask[unit, example]",
        "grad_y[unit, example]",
        f"{ALONE}[dropout]",
    ),
    _fault(
        "dropout drops while it evaluates",
        "kernels/dropout.py",
        "    if not training:\n",
        "    if not training and units == 0:\n",
        f"{ALONE}[checked-with-dropout]",
    ),
    _fault(
        "the bias has no gradient",
        "kernels/dense.py",
        "    if layer[BIAS]:\n        _row_sums",
        "    if not layer[BIAS]:\n        _row_sums",
        f"{ALONE}[linear]",
    ),
    _fault(
        "a layer without a bias takes the parameters behind it",
        "kernels/dense.py",
        "_bias(layer, theta, outputs, inputs) if layer[BIAS] else",
        "_bias(layer, theta, outputs, inputs) if True else",
        f"{ALONE}[dense-without-bias]",
    ),
    _fault(
        "the second tile of a panel is the first",
        "kernels/products.py",
        "second, third = column + lanes, column + 2 * lanes\n        a0",
        "second, third = column + lanes, column + lanes\n        a0",
        f"{PRODUCTS}[33-double]",
    ),
    _fault(
        "the fourth unit of a tile has the weights of the third",
        "kernels/products.py",
        "repeated(weights, place + 3 * along)",
        "repeated(weights, place + 2 * along)",
        f"{PRODUCTS}[33-double]",
    ),
    _fault(
        "the last tile is left out",
        "kernels/products.py",
        "for start in range(first, last, 3 * lanes):",
        "for start in range(first, last - 3 * lanes, 3 * lanes):",
        f"{PRODUCTS}[33-double]",
    ),
    _fault(
        "examples behind the last lane are left out of the gradient",
        "kernels/products.py",
        "for example in range(whole, examples):",
        "for example in range(whole, whole):",
        f"{PRODUCTS}[33-double]",
    ),
    _fault(
        "the way back multiplies by the weights as they are",
        "kernels/products.py",
        "along, across = (1, width) if transposed else (width, 1)",
        "along, across = (width, 1)",
        f"{PRODUCTS}[17-double]",
    ),
    _fault(
        "BLAS multiplies by the weights the other way round",
        "kernels/products.py",
        "np.dot(grad_y, x.T, grad_weights)",
        "grad_weights[:] = np.dot(x, grad_y.T).reshape(grad_weights.shape)",
        f"{SIZES}[above-double]",
    ),
    _fault(
        "large layers have no bias",
        "kernels/products.py",
        "y[unit, example] += bias[unit]\n    elif",
        "y[unit, example] += 0 * bias[unit]\n    elif",
        f"{SIZES}[above-double]",
    ),
    _fault(
        "a batch has the row before the one that was drawn",
        "kernels/passes.py",
        "np.uint64(order[start + example] * features)",
        "np.uint64(max(order[start + example] - 1, 0) * features)",
        f"{ALONE}[tanh]",
    ),
    _fault(
        "a block's rest has the examples of its beginning",
        "kernels/passes.py",
        "np.uint64(order[start + example] * features)",
        "np.uint64(order[example] * features)",
        f"{SIZES}[4-double]",
    ),
    _fault(
        "validation begins anew in each part",
        "kernels/passes.py",
        "columns[feature, example] = whole[feature, first + example]",
        "columns[feature, example] = whole[feature, example]",
        f"{ALONE}[checked-in-parts]",
    ),
    _fault(
        "softmax may overflow",
        "kernels/losses.py",
        "power = exp(logits[output, example] - top[example])",
        "power = exp(logits[output, example])",
        f"{ALONE}[loss-softmax]",
    ),
    _fault(
        "the sigmoid's loss forgets the smoothing",
        "kernels/losses.py",
        "logits.dtype.type(1 - numbers[0]), logits.dtype.type(numbers[0] / 2)",
        "logits.dtype.type(1), logits.dtype.type(numbers[0] / 2)",
        f"{ALONE}[loss-sigmoid-smoothed]",
    ),
    _fault(
        "softmax's smoothing is spread over two classes",
        "kernels/losses.py",
        "logits.dtype.type(numbers[0] / classes)",
        "logits.dtype.type(numbers[0] / 2)",
        f"{ALONE}[loss-softmax-smoothed]",
    ),
    _fault(
        "the squared error's gradient forgets the weights",
        "kernels/losses.py",
        "grad[output, example] *= weight[example] / count",
        "grad[output, example] /= count",
        f"{ALONE}[loss-squared-weighted]",
    ),
    _fault(
        "the Poisson loss forgets the weights",
        "kernels/losses.py",
        "weight[example] * values[output * examples + example]",
        "values[output * examples + example]",
        f"{ALONE}[loss-poisson-weighted]",
    ),
    _fault(
        "the kernel's Huber loss is a parabola further out",
        "kernels/losses.py",
        "clipped * (residual - clipped * half)",
        "clipped * residual * half",
        f"{ALONE}[loss-huber-narrow]",
    ),
    _fault(
        "the kernel's quantile is the other one",
        "kernels/losses.py",
        "side = below if missing > zero else above",
        "side = -above if missing > zero else -below",
        f"{ALONE}[loss-pinball]",
    ),
    _fault(
        "counts are predicted by their logarithm",
        "kernels/losses.py",
        "output[unit, example] = exp(logits[unit, example])\n",
        "output[unit, example] = logits[unit, example]\n",
        f"{PREDICTED}::test_every_loss_predicts_what_the_reference_predicts[poisson-double]",
    ),
    _fault(
        "the tail of the logarithm of two is forgotten",
        "kernels/exponentials.py",
        "r = (x - k * _LOG2_HEAD) - k * _LOG2_TAIL",
        "r = x - k * _LOG2_HEAD",
        f"{EXPONENTIALS}::test_the_exponential_is_right_wherever_it_is_a_number[double]",
    ),
    _fault(
        "the logarithm's series ends early",
        "kernels/exponentials.py",
        "for power in range(17, 0, -1)",
        "for power in range(9, 0, -1)",
        f"{EXPONENTIALS}::test_the_logarithm_is_right_between_zero_and_one[double]",
    ),
)

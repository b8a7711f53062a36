"""Faults in the course's functions."""

from fault_list.record import Fault

NETWORK = ("tests/course/test_dictionary_network.py",)
INITIALIZATION = ("tests/course/test_initialization.py",)
REGULARIZATION = ("tests/course/test_regularization.py",)
GRADIENT_CHECKING = ("tests/course/test_gradient_checking.py",)
VECTORS = ("tests/course/test_vectors.py",)
OPTIMIZATION = ("tests/course/test_optimization.py",)
MOONS = ("tests/course/test_moons.py",)
INSTALLATION = ("tests/course/test_installation.py",)

FAULTS = (
    Fault(
        "the course's output layer is rectified, too",
        "course/dictionary_network.py",
        "A = sigmoid(Z)",
        "A = sigmoid(relu(Z))",
        NETWORK,
    ),
    Fault(
        "the course's gradient is a sum",
        "course/dictionary_network.py",
        "if mean_first else (1.0, 1.0 / examples)",
        "if mean_first else (1.0, 1.0)",
        NETWORK,
    ),
    Fault(
        "the course's backward pass forgets the mask",
        "course/dictionary_network.py",
        "dA = dA * before[-4] / keep_prob",
        "dA = dA / keep_prob",
        REGULARIZATION,
    ),
    Fault(
        "the course's backward pass forgets to scale by the kept share",
        "course/dictionary_network.py",
        "dA = dA * before[-4] / keep_prob",
        "dA = dA * before[-4]",
        NETWORK,
    ),
    Fault(
        "the course's L2 gradient is doubled",
        "course/dictionary_network.py",
        "lambd / examples * W if lambd",
        "2 * lambd / examples * W if lambd",
        NETWORK,
    ),
    Fault(
        "a probability of one half is a one",
        "course/dictionary_network.py",
        "decisions: BoolArray = A > 0.5",
        "decisions: BoolArray = A >= 0.5",
        (f"{INITIALIZATION[0]}::test_predict_prints_the_share_that_is_right",),
    ),
    Fault(
        "the course's weights come from another seed",
        "course/initialization.py",
        "SEED = 3",
        "SEED = 4",
        INITIALIZATION,
    ),
    Fault(
        "He is Xavier",
        "course/initialization.py",
        "np.sqrt(2 / inputs)",
        "np.sqrt(1 / inputs)",
        INITIALIZATION,
    ),
    Fault(
        "terms without a value spoil the course's cost",
        "course/cost.py",
        "np.nansum(losses)",
        "np.sum(losses)",
        (
            f"{INITIALIZATION[0]}::test_an_experiment_gives_the_printed_costs_and_accuracies[random]",
        ),
    ),
    Fault(
        "the cost is recorded behind the update",
        "course/descent.py",
        "if iteration % every == 0:",
        "if iteration % every == 1:",
        (f"{INITIALIZATION[0]}::test_an_experiment_gives_the_printed_costs_and_accuracies[he]",),
    ),
    Fault(
        "the course's penalty counts the biases",
        "course/regularization.py",
        'np.sum(np.square(parameters[f"W{layer}"]))',
        'np.sum(np.square(parameters[f"W{layer}"])) + np.sum(parameters[f"b{layer}"] ** 2)',
        REGULARIZATION,
    ),
    Fault(
        "masks come from another seed",
        "course/dropout.py",
        "SEED = 1",
        "SEED = 2",
        REGULARIZATION,
    ),
    Fault(
        "the mask drops what it should keep",
        "course/dropout.py",
        "rng.rand(size, examples) < keep_prob",
        "rng.rand(size, examples) > keep_prob",
        REGULARIZATION,
    ),
    Fault(
        "the cache of the dropout test case kept seven of ten",
        "course/test_cases.py",
        "keep_prob=0.5)",
        "keep_prob=0.7)",
        REGULARIZATION,
    ),
    Fault(
        "the verdict passes what the difference cannot see",
        "course/gradient_checking.py",
        'if check.passed:\n        verdict = f"{GREEN}',
        'if check.difference < 1e-6:\n        verdict = f"{GREEN}',
        GRADIENT_CHECKING,
    ),
    Fault(
        "the planted bug in db1 is a factor of 2",
        "course/gradient_checking.py",
        'gradients["db1"] * 4',
        'gradients["db1"] * 2',
        GRADIENT_CHECKING,
    ),
    Fault(
        "the vector holds biases before weights",
        "course/vectors.py",
        'for kind in "Wb"',
        'for kind in "bW"',
        VECTORS,
    ),
    Fault(
        "the course's Adam corrects for one step more",
        "course/updates.py",
        "steps_before=t - 1",
        "steps_before=t",
        OPTIMIZATION,
    ),
    Fault(
        "labels are not shuffled with their inputs",
        "course/mini_batches.py",
        "X, Y = X[:, order], Y[:, order]",
        "X, Y = X[:, order], Y",
        OPTIMIZATION,
    ),
    Fault(
        "epoch 0 is shuffled by seed 10",
        "course/optimization.py",
        "FIRST_SHUFFLE_SEED = 11",
        "FIRST_SHUFFLE_SEED = 10",
        MOONS,
    ),
    Fault(
        "decay begins one epoch early",
        "course/mini_batches.py",
        "learning_rate = rate_behind(epoch)",
        "learning_rate = rate_behind(epoch + 1)",
        (f"{MOONS[0]}::test_training_follows_the_recipe[gd-inverse-time]",),
    ),
    Fault(
        "the epoch's cost is the mean of unequal means",
        "course/mini_batches.py",
        "return sum(total for total, _ in sums) / sum(examples for _, examples in sums)",
        "return sum(total / examples for total, examples in sums) / len(sums)",
        MOONS,
    ),
    Fault(
        "the first edition's cost stays when the later one is installed",
        "course/installation.py",
        'if minibatch_cost == "mean":',
        "if minibatch_cost:",
        INSTALLATION,
    ),
)

"""Faults in optimizers, averages, clipping and schedules."""

from fault_list.record import Fault

OPTIMIZERS = ("tests/training/test_optimizers.py",)
AVERAGES = ("tests/training/test_averages.py",)
CLIPPING = ("tests/training/test_clipping.py",)
SCHEDULES = ("tests/training/test_schedules.py",)

FAULTS = (
    Fault(
        "Adam's mean is not corrected for its start",
        "training/adaptive.py",
        "mean_hat = mean / (1 - self.beta1**t)",
        "mean_hat = mean",
        OPTIMIZERS,
    ),
    Fault(
        "Adam corrects the square with the decay of the mean",
        "training/adaptive.py",
        "square / (1 - self.beta2**t)",
        "square / (1 - self.beta1**t)",
        OPTIMIZERS,
    ),
    Fault(
        "Adam counts one step late",
        "training/adaptive.py",
        "t = memory.step + 1",
        "t = max(memory.step, 1)",
        OPTIMIZERS,
    ),
    Fault(
        "Adam averages the gradient's size, not its square",
        "training/adaptive.py",
        "(1 - self.beta2) * gradient**2",
        "(1 - self.beta2) * np.abs(gradient)",
        OPTIMIZERS,
    ),
    Fault(
        "RMSprop divides by the mean square",
        "training/adaptive.py",
        "np.sqrt(square) + self.epsilon",
        "square + self.epsilon",
        OPTIMIZERS,
    ),
    Fault(
        "Adagrad forgets",
        "training/adaptive.py",
        "total = memory.moments[0] + gradient**2",
        "total = 0.9 * memory.moments[0] + gradient**2",
        OPTIMIZERS,
    ),
    Fault(
        "the average form of momentum sums",
        "training/descent.py",
        "(1 - self.beta) * gradient if",
        "gradient if",
        OPTIMIZERS,
    ),
    Fault(
        "Nesterov looks two steps ahead",
        "training/descent.py",
        "self.beta * velocity + newest if self.nesterov",
        "velocity + newest if self.nesterov",
        OPTIMIZERS,
    ),
    Fault(
        "gradient descent climbs",
        "training/descent.py",
        "return theta - learning_rate * gradient,",
        "return theta + learning_rate * gradient,",
        OPTIMIZERS,
    ),
    Fault(
        "the average's correction is one observation late",
        "training/averages.py",
        "average / (1 - beta**t)",
        "average / (1 - beta ** (t + 1))",
        AVERAGES,
    ),
    Fault(
        "the past and the present are exchanged in the average",
        "training/averages.py",
        "average = beta * average + (1 - beta) * value",
        "average = (1 - beta) * average + beta * value",
        AVERAGES,
    ),
    Fault(
        "clipping by norm divides by its square",
        "training/clipping.py",
        "(limit / norm)",
        "(limit / norm**2)",
        CLIPPING,
    ),
    Fault(
        "clipping by value clips one side",
        "training/clipping.py",
        "np.clip(gradient, -limit, limit)",
        "np.minimum(gradient, limit)",
        CLIPPING,
    ),
    Fault(
        "the course's decay moves within an epoch",
        "training/schedules.py",
        "(1 + self.decay * floor(time))",
        "(1 + self.decay * time)",
        SCHEDULES,
    ),
    Fault(
        "the decay in steps has no steps",
        "training/schedules.py",
        "floor(time) // self.interval",
        "floor(time) / self.interval",
        SCHEDULES,
    ),
    Fault(
        "the root's epochs are counted from two",
        "training/schedules.py",
        "sqrt(floor(time) + 1)",
        "sqrt(floor(time) + 2)",
        SCHEDULES,
    ),
    Fault(
        "the cosine forgets its floor",
        "training/schedules.py",
        "return self.floor + (self.rate - self.floor) *",
        "return self.rate *",
        SCHEDULES,
    ),
    Fault(
        "a plateau is never left behind",
        "training/schedules.py",
        "rate, waited = rate * self.factor, 0",
        "rate = rate * self.factor",
        SCHEDULES,
    ),
    Fault(
        "patience lasts an epoch too long",
        "training/schedules.py",
        "elif waited == self.patience",
        "elif waited == self.patience + 1",
        SCHEDULES,
    ),
)

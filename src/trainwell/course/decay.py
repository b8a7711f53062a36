"""The course's learning-rate decay: the library's schedules as functions."""

from trainwell.training.schedules import InverseTime, Stepped

__all__ = ["schedule_lr_decay", "update_lr"]


def update_lr(learning_rate0: float, epoch_num: int, decay_rate: float) -> float:
    r"""Return the rate after inverse-time decay, :math:`\alpha_0 / (1 + k\, e)`.

    Parameters
    ----------
    learning_rate0 : float
        Rate of epoch 0, positive.
    epoch_num : int
        Epoch :math:`e`, from 0.
    decay_rate : float
        Decay :math:`k` per epoch, non-negative.

    Returns
    -------
    float
        The learning rate.

    Raises
    ------
    ConfigurationError
        If a rate is outside its range.

    See Also
    --------
    trainwell.training.schedules.InverseTime : Does the work.

    Examples
    --------
    >>> from trainwell.course.optimization import update_lr
    >>> round(update_lr(0.5, epoch_num=2, decay_rate=1), 8)
    0.16666667
    """
    return InverseTime(learning_rate0, decay_rate)(epoch_num)


def schedule_lr_decay(
    learning_rate0: float, epoch_num: int, decay_rate: float, time_interval: int = 1000
) -> float:
    r"""Return the rate after decay in steps, :math:`\alpha_0 / (1 + k \lfloor e / T \rfloor)`.

    Parameters
    ----------
    learning_rate0 : float
        Rate of epoch 0, positive.
    epoch_num : int
        Epoch :math:`e`, from 0.
    decay_rate : float
        Decay :math:`k` per step, non-negative.
    time_interval : int, default=1000
        Epochs :math:`T` of one step, positive.

    Returns
    -------
    float
        The learning rate.

    Raises
    ------
    ConfigurationError
        If a rate or the interval is outside its range.

    See Also
    --------
    trainwell.training.schedules.Stepped : Does the work.

    Examples
    --------
    >>> from trainwell.course.optimization import schedule_lr_decay
    >>> [round(schedule_lr_decay(0.5, epoch, 0.3, 100), 8) for epoch in (10, 100)]
    [0.5, 0.38461538]
    """
    return Stepped(learning_rate0, decay_rate, time_interval)(epoch_num)

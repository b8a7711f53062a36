"""Every planted fault, by the layer it is in."""

from fault_list import course, data, foundations
from fault_list.record import Fault

FAULTS: tuple[Fault, ...] = (*foundations.FAULTS, *course.FAULTS, *data.FAULTS)

__all__ = ["FAULTS", "Fault"]

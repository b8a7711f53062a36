"""Every planted fault: the ``FAULTS`` of each module in this folder."""

from importlib import import_module
from pkgutil import iter_modules

from fault_list.record import Fault

_WITHOUT = {"gradient_folders", "record"}

FAULTS: tuple[Fault, ...] = tuple(
    fault
    for module in iter_modules(__path__)
    if module.name not in _WITHOUT
    for fault in import_module(f"fault_list.{module.name}").FAULTS
)

__all__ = ["FAULTS", "Fault"]

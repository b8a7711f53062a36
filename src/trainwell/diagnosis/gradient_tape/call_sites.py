"""What a frame is calling right now, by the name that stands in its source.

Compiled code has no frame: when it calls a function of NumPy, the frame next to it is that of
the Python code which called the compiled code. An extension module that asks NumPy for an empty
array must get a real one, or else it crashes. So it matters whether a call stands in the source.
"""

import dis
from types import CodeType, FrameType

_IN_PLACE = 13  # the first of BINARY_OP's arguments that stand for `+=` and the like
_SITES: dict[int, tuple[CodeType, dict[int, str]]] = {}


def called_name(frame: FrameType) -> str | None:
    """Return the last name of the function that a frame is calling, such as ``zeros``."""
    code = frame.f_code
    known = _SITES.get(id(code))
    if known is None or known[0] is not code:
        if len(_SITES) > 1024:  # each generated program has code of its own
            _SITES.clear()
        known = _SITES[id(code)] = code, _sites(code)
    return known[1].get(frame.f_lasti)


def is_in_place(frame: FrameType) -> bool:
    """Say whether a frame is carrying out ``a += b`` or the like."""
    code, at = frame.f_code.co_code, frame.f_lasti
    return dis.opname[code[at]] == "BINARY_OP" and code[at + 1] >= _IN_PLACE


def _sites(code: CodeType) -> dict[int, str]:
    """Return the names of the functions called, by the offset of the call.

    A call and the expression for its function begin at the same place of the source; the name
    that was loaded last from there is the function's.
    """
    names: dict[tuple[int | None, int], str] = {}
    sites: dict[int, str] = {}
    called, begun = None, 0
    for instruction in dis.get_instructions(code):
        if called is not None:  # the interpreter may stand in the cache behind the call
            sites |= dict.fromkeys(range(begun, instruction.offset, 2), called)
            called = None
        positions = instruction.positions
        if positions is None or positions.col_offset is None:
            continue
        start = positions.lineno, positions.col_offset
        if instruction.opname.startswith(("CALL", "PRECALL")):
            called, begun = names.get(start), instruction.offset
        elif instruction.opname.startswith("LOAD_") and isinstance(instruction.argval, str):
            names[start] = instruction.argval
    return sites

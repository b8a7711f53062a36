"""Faults in the patches that take what others like it have: sisters, namesakes, carried values."""

from fault_list.gradient_folders import PATCHES
from fault_list.record import Fault

TESTS = "tests/diagnosis/test_check_sisters.py"
TOLD = f"{TESTS}::test_what_others_like_it_have_is_among_the_patches"
PLAIN = f"{TESTS}::test_what_is_only_read_is_like_any_other"
SISTERS = f"{PATCHES}/patches_of_sisters.py"
NAMESAKES = f"{PATCHES}/patches_of_namesakes.py"


def _fault(name: str, file: str, old: str, new: str, *cases: str) -> Fault:
    return Fault(name, file, old, new, tuple(f"{TOLD}[{case}]" for case in cases))


FAULTS = (
    _fault(
        "what a loop hands on and never reads is nothing special",
        f"{PATCHES}/around.py",
        "        | _carried_for_nothing(source.tree),\n",
        ",\n",
        "carried for nothing",
    ),
    _fault(
        "sisters have no more terms",
        SISTERS,
        "            places: Sequence[int | None] = (None,)\n",
        "            places: Sequence[int | None] = ()\n",
        "a term of three sisters",
    ),
    _fault(
        "sisters have no other terms",
        SISTERS,
        "            places = range(len(own)) if len(own) > 1 else ()\n",
        "            places = ()\n",
        "another term",
    ),
    _fault(
        "sisters keep their own words",
        SISTERS,
        "yield renamed(sister.parts[left], words)",
        "yield renamed(sister.parts[left], {})",
        "a term of three sisters",
    ),
    _fault(
        "no term is like those beside it",
        SISTERS,
        "            for part in _of_row(own, known):\n",
        "            for part in ():\n",
        "one of a row",
    ),
    Fault(
        "any variable is like any other",
        SISTERS,
        "    if all(map(_is_plain, own)):\n",
        "    if False:\n",
        (f"{PLAIN}[d]", f"{PLAIN}[-d]"),
    ),
    Fault(
        "one variable may be two",
        SISTERS,
        "            if words.setdefault(one, two) != two:\n",
        "            if False:\n",
        (f"{TESTS}::test_a_sister_says_it_in_its_own_words",),
    ),
    _fault(
        "of several results none alone is meant",
        f"{PATCHES}/patches_of_analogy.py",
        "        yield from _carried_beside(statement, target, loads, known)\n",
        "",
        "not handed on",
    ),
    _fault(
        "a factor stays at the index that it has elsewhere",
        NAMESAKES,
        "for index in (None, *indices):",
        "for index in (None,):",
        "a factor at its own index",
    ),
    _fault(
        "no call lacks a keyword",
        NAMESAKES,
        "        yield from _with_keyword(slot, known)\n",
        "",
        "a keyword",
    ),
    _fault(
        "namesakes have their scales by chance",
        NAMESAKES,
        "                yield slot.becomes(new, _SCALED, _OF_SAME_SCALE, said)\n",
        "                pass\n",
        "the scale of a namesake",
    ),
    _fault(
        "attributes that nothing reads are for nothing",
        NAMESAKES,
        "        for part in _of_attributes(known):\n",
        "        for part in ():\n",
        "an attribute that nothing reads",
    ),
    _fault(
        "an example's values are those of one array",
        f"{PATCHES}/patches_of_names.py",
        "    yield from _of_same_example(slot, node.value, known)\n",
        "",
        "all of an example",
    ),
    _fault(
        "a statement is missing at once",
        f"{PATCHES}/patches_of_analogy.py",
        "                if model.lineno > statement.lineno:",
        "                if False:",
        "a statement beside its model",
    ),
    _fault(
        "what only gets another name lacks nothing",
        f"{PATCHES}/patches_of_terms.py",
        "        yield from _copied(slot, known)\n",
        "",
        "a path beside it",
    ),
    _fault(
        "stacks of matrices are never transposed",
        f"{PATCHES}/patches_of_names.py",
        "        if shape is not None and len(shape) > 2 and slot.is_multiplied:\n",
        "        if False:\n",
        "a stack of matrices",
    ),
    _fault(
        "what a function kept for its rule is not given to it",
        f"{PATCHES}/patches_of_unread.py",
        "        if kept and not called:\n",
        "        if False:\n",
        "a call that is left out",
    ),
    _fault(
        "rules are left out where an array is never read only",
        f"{PATCHES}/patches_of_unread.py",
        "    elif known.unread and not isinstance(",
        "    elif unread and not isinstance(",
        "a call that is left out",
    ),
    _fault(
        "arrays are joined in the order that stands there",
        f"{PATCHES}/patches_of_parts.py",
        "    yield from _joined_otherwise(slot)\n",
        "",
        "arrays joined in another order",
    ),
    _fault(
        "parts have no sizes of the file",
        f"{PATCHES}/patches_of_parts.py",
        "    for name in known.settings:\n",
        "    for name in ():\n",
        "a part of a size of the file",
    ),
    Fault(
        "rules that only hand on a gradient are not patched",
        f"{PATCHES}/sources.py",
        "elif tree is None or own or not _OF_GRADIENTS.search(tree.name):",
        "else:",
        (f"{TESTS}::test_a_rule_that_only_hands_on_a_gradient_is_patched",),
    ),
    Fault(
        "all that only hands on something is patched",
        f"{PATCHES}/sources.py",
        " or own or not _OF_GRADIENTS.search(tree.name):",
        " or own:",
        (f"{TESTS}::test_a_rule_that_only_hands_on_a_gradient_is_patched",),
    ),
    Fault(
        "a gradient that nobody needs makes all patches fail",
        f"{PATCHES}/patch_trials.py",
        "        return None if expected.any() else expected\n",
        "        return None\n",
        (f"{TESTS}::test_a_gradient_that_nobody_needs_is_not_asked_for",),
    ),
    _fault(
        "elements of a list lack no number",
        f"{PATCHES}/patches_of_constants.py",
        "    if slot.is_term or part:\n",
        "    if slot.is_term:\n",
        "a number in a list",
    ),
    _fault(
        "what is left to one is divided only",
        f"{PATCHES}/patches_of_terms.py",
        "            ast.BinOp(ast.Constant(1 | 1.0), ast.Div(), below),\n",
        "            ast.BinOp(ast.Constant(5), ast.Div(), below),\n",
        "the rest of a product",
    ),
)

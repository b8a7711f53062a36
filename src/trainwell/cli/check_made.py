"""Cost and gradient, made of a program's functions: some in turn, or parts of what one returns."""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from inspect import signature
from typing import Any

import numpy as np

from trainwell.cli.check_arguments import PARAMETERS, Pair, Target, arguments_of, target
from trainwell.cli.check_case import Case, Given
from trainwell.cli.check_inputs import inputs, is_number, may_be_gradient, taken_of_outputs
from trainwell.cli.check_methods import take_parameters
from trainwell.cli.check_names import (
    COST,
    backwards_of,
    costs_of,
    functions_of,
    methods_of,
    other_order,
    returned_names,
    symbols_of,
    texts_of,
    variables_read_by,
)
from trainwell.cli.check_program import Program, told
from trainwell.cli.text import listed
from trainwell.diagnosis.gradient_tape.copies import deep_copy
from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.parameters import (
    Parameters,
    called_like,
    gradient_of,
)
from trainwell.diagnosis.gradients.arranged import (
    SPACE,
    Function,
    InTurn,
    Paired,
    Then,
    named_gradients,
    several,
)
from trainwell.diagnosis.gradients.owned import Owned, OwnedGradient, shape_of
from trainwell.diagnosis.gradients.owners import OfModule, OfObject, Owner, is_of_user
from trainwell.errors import DataError
from trainwell.randomness import generator

Get = Callable[[str], Function]
Made = tuple[Pair, Target]


class Maker:
    """Makes cost and gradient of a program's functions.

    Parameters
    ----------
    program : Program
        Whose functions.
    given : Given
        Where they are checked. If that is an object of the program's, they are its methods.
    numbers : mapping of str to float
        What a person has given by name.
    """

    def __init__(self, program: Program, given: Given, numbers: Mapping[str, float]) -> None:
        self.program, self.given, self.numbers = program, given, numbers
        self.thing = given.first if is_of_user(given.first) else None
        self.names = functions_of(program.module)
        self.holder: Any = program.module
        self.owner: OfObject | None = None
        if self.thing is not None:
            self.owner = OfObject(self.thing, program.module)
            methods = methods_of(self.thing)
            given_to = [n for n in self.names if self.owner.is_given_to(n)]
            # Where the module has a backward pass, and the object none, they take it as argument.
            beside = backwards_of(given_to if backwards_of(methods) else self.names)
            if not beside or costs_of(methods, ()):
                self.owner = OfObject(self.thing, program.module, of_methods=True)
                more = [] if costs_of(methods, ()) else costs_of(given_to, methods)
                self.names = [*methods, *more]
                behind = given.behind_the_first()
                if take_parameters(self.thing, methods, behind.returned):
                    self.owner, self.holder, self.thing = None, self.thing, None
                    self.given = behind

    def get(self, name: str) -> Function:
        """Return a function of the program, or a method of the object."""
        of_methods = self.owner is not None and self.owner.of_methods
        value = getattr(self.thing, name, None) if of_methods else None
        value = getattr(self.holder, name, None) if value is None else value
        if callable(value):
            function: Function = value
            return function if self.owner is None else self.owner.function(self.thing, name)
        what = f"{name!r} is not a function" if value is not None else f"has no function {name!r}"
        known = listed(self.names) or "none"
        raise DataError.in_file(self.program.path, f"{what}; its functions: {known}")

    def pair(self, forward: str, backward: str) -> Made:
        """Return a forward pass that gives the cost, with its backward pass."""
        kept = self._kept_by(forward)
        layer = self.owner is not None and not self.owner.arrays
        return self.made(lambda get: get(forward), (forward,), backward, kept=kept, layer=layer)

    def _kept_by(self, forward: str) -> tuple[str, ...]:
        """Return what a method or a function calls each thing that it returns behind the cost."""
        called = returned_names(self.get(forward))
        try:
            count = len(several(self._run(self.raw(forward))))
        except DataError:  # told where the two passes are called
            count = len(called)
        return called[1:] if len(called) == count else ("",) * (count - 1)

    def in_turn(self, forward: str, cost: str, backward: str) -> Made:
        """Return a forward pass and a cost, with the backward pass of both."""
        outputs = returned_names(self.get(forward)) or ("",)
        own = self.get(cost)
        taken = taken_of_outputs(self.get(forward), own, outputs, self.given.names)
        if len(taken) == len(arguments_of(own)) == 1 and self.thing is not None:
            taken = {n: at for n, at in taken.items() if n.lower() in map(str.lower, outputs)}
        names = {at: name for name, at in taken.items()}
        outputs = tuple(name or names.get(at, "") for at, name in enumerate(outputs))

        def build(get: Get) -> Function:
            return InTurn(get(forward), get(cost), taken)

        return self.made(build, (forward, cost), backward, outputs)

    def layer(self, forward: str, backward: str, cotangents: Mapping[str, int]) -> Made:
        """Return a function that returns arrays, with its rule: random cotangents make a cost."""
        outputs = returned_names(self.get(forward)) or ("",)
        maker = (
            self
            if self.thing is not None
            else self._at(inputs(self.given, arguments_of(self.get(forward))))
        )
        aim = maker.raw(forward)
        found = several(self._run(aim))
        rng = generator(0, "check of a gradient")
        drawn = {name: rng.standard_normal(np.shape(found[at])) for name, at in cotangents.items()}

        def build(get: Get) -> Function:
            return Paired(get(forward), cotangents)

        def of(params: Mapping[str, Any], more: Mapping[str, Any]) -> Made:
            data = (*aim.data, *more.values(), *drawn.values())
            case = Case(params, data, (*aim.names, *more, *drawn))
            layer = self.thing is not None
            return self._at(case).made(build, (forward,), backward, outputs, layer=layer)

        whole = of(aim.params, {})
        if self.thing is not None:
            return whole
        seen = {re.split(r"[.\[]", name)[0] for name in self._seen(whole[1])}
        own = {name: value for name, value in aim.params.items() if name in seen}
        rest = {name: value for name, value in aim.params.items() if name not in seen}
        return of(own, rest) if own and rest else whole

    def alone(self, name: str) -> Made | None:
        """Return the two parts of what one function returns; ``None`` if that is not both."""
        items = several(self._run(self.raw(name)))
        numbers = [at for at, item in enumerate(items) if is_number(item)]
        if numbers and len(items) == 1 and self.owner is not None:  # which has the gradients
            return self.made(lambda get: get(name), (name,), name, at=0)
        if not numbers or len(items) == 1:
            return None
        called = returned_names(self.get(name))
        called = called if len(called) == len(items) else ("",) * len(items)
        named = [at for at in numbers if COST.fullmatch(called[at])]
        at = (named or numbers)[0]
        others = [pair for i, pair in enumerate(zip(called, items, strict=True)) if i != at]
        if self.owner is None and not any(
            may_be_gradient(self.given.first, *pair) for pair in others
        ):
            return None
        return self.made(lambda get: Then(get(name), lambda r: r[at]), (name,), name, at=at)

    def gives_a_number(self, forward: str) -> bool:
        """Say whether a forward pass can be called with the data, and gives the cost."""
        try:
            return is_number(several(self._run(self.raw(forward)))[0])
        except DataError:
            return False

    def _at(self, case: Case) -> "Maker":
        found = Maker(self.program, self.given, self.numbers)
        found.given = replace(self.given, returned=case)
        return found

    def raw(self, name: str) -> Target:
        """Return the target whose cost is all that a function returns."""

        def whole(get: Get) -> Function:
            return Then(get(name), lambda result: (result, None))

        return self.made(whole, (name,), name, at=0, probed=False)[1]

    def _run(self, aim: Target) -> Any:
        with told(self.program.path):
            return several(aim.cost(deep_copy(aim.params), *deep_copy(aim.data)))[0]

    def _seen(self, aim: Target) -> list[str]:
        """Return the parameters for which a backward pass gives something."""
        with told(self.program.path):
            calls = Calls(aim.cost, aim.grad, Parameters.of(aim.params), aim.data)
            _, cache = calls.value()
            found = gradient_of(calls.gradients(cache), calls.parameters, "d{}")
        return [name for name, gradient in found.items() if gradient is not None]

    def _with_gradient(self, aim: Target, owner: Owner, backward: str) -> tuple[list[str], float]:
        """Return those of an owner's arrays and numbers for which there is a gradient.

        It may be taken away from them by the backward pass itself: then how much of it is told.
        """
        given = deep_copy(aim.params)
        behind, found, now = self._carried_out(aim, given, owner)
        # What the forward pass puts there anew, such as its input, is no parameter.
        own = [n for n in owner.arrays if np.ndim(given[n]) == 0 or behind[n] is given[n]]
        seen = [name for name in own if f"d{name}" in found]
        if seen:
            return seen, 0.0
        arrays = {name: a for name, a in owner.arrays.items() if isinstance(a, np.ndarray)}
        changed = [name for name, a in arrays.items() if not np.array_equal(a, now[name])]
        if changed and aim.rate:
            return changed, aim.rate
        if changed:
            problem = f"{backward} changes {listed(changed)} itself: return the gradients, or keep"
            problem += " them beside (as self.dW) before the update"
        else:
            names = listed(arrays) or "no arrays of floating-point numbers"
            problem = f"{backward} neither returns nor leaves a gradient (such as dW) of {names}"
        raise DataError.in_file(self.program.path, problem)

    def made(
        self,
        build: Callable[[Get], Function],
        forwards: tuple[str, ...],
        backward: str,
        outputs: Sequence[str] = (),
        *,
        kept: Sequence[str] = (),
        at: int | None = None,
        probed: bool = True,
        layer: bool = False,
    ) -> Made:
        """Return cost and gradient with their arguments in order.

        ``build`` makes the cost of the program's functions by name; ``outputs`` are what the
        forward pass hands on in one tuple, ``kept`` what it does one by one; ``at`` is where the
        cost is among what one function returns; ``layer`` says that what it is given may have a
        gradient, too.
        """
        called = returned_names(self.get(backward))
        title = " and ".join(forwards)

        def owned(
            owner: Owner,
            case: Case | None = None,
            given_to: tuple[str, ...] = (),
            rate: float = 0.0,
        ) -> Made:
            function = Owned(owner, build, in_one=bool(outputs))
            anew = at is not None
            rule = OwnedGradient(owner, backward, called, anew=anew, given=given_to, rate=rate)
            note = (
                f"the gradients are read from the step that {backward} takes itself" if rate else ""
            )
            pair = Pair(function, rule, title, backward, (SPACE, *(outputs or kept)), note)
            anything = owner.arrays or {"": np.ones(1)}  # a layer may have no parameters
            given = self.given.of(anything, instead=self.thing is not None)
            found = case or replace(given.case(arguments_of(function)), params={**owner.arrays})
            return pair, self._target(pair, found)

        def chosen(owner: Owner) -> Made:
            pair, aim = owned(owner)
            if owner.is_declared or not probed:
                return pair, aim
            names, rate = self._with_gradient(aim, owner, backward)
            owner = owner.only(names)
            return owned(owner, Case(dict(owner.arrays), aim.data, aim.names), rate=rate)

        if self.owner is not None and layer:
            return self._with_given(forwards[0], self.owner, owned, chosen)
        if self.owner is not None:
            return chosen(self.owner)
        owner = self._module(forwards, backward) if probed else None
        refused = None
        if owner is not None:
            try:
                return chosen(owner)
            except DataError as error:  # it may only read constants there
                refused = error
        function = build(self.get)
        case = self.given.case(arguments_of(function))
        named = isinstance(case.params, Mapping)
        arrays = Parameters.of(case.params).arrays if named else {}
        params = {name: np.shape(array) for name, array in arrays.items()}
        change = partial(named_gradients, called=called, params=params, without=at)
        rule = Then(self.get(backward), change)
        note = other_order(backward, called, [*params])
        pair = Pair(function, rule, title, backward, tuple(outputs), note)
        aim = self._target(pair, case)
        if refused is not None and not self._gives_some(aim):
            raise refused
        return pair, aim

    def _gives_some(self, aim: Target) -> bool:
        """Say whether a backward pass gives a gradient of something that a case returns."""
        with suppress(DataError):
            return bool(self._seen(aim))
        return False

    def _carried_out(
        self, aim: Target, params: Mapping[str, Any], owner: Owner
    ) -> tuple[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]]:
        """Return what an owner holds behind the forward pass, the gradients, and what it holds."""
        with told(self.program.path):
            _, kept = aim.cost(params, *deep_copy(aim.data))
            behind = owner.values(kept[0])
            takes = len(signature(aim.grad).parameters) > 1 + len(aim.data)
            cache = (kept,) if takes else ()
            found = aim.grad(deep_copy(aim.params), *deep_copy(aim.data), *cache)
        return behind, found, owner.values(kept[0])

    def _keeps_arrays(self, aim: Target, owner: Owner) -> bool:
        """Say whether an owner has arrays that a forward pass does not put there itself."""
        given = deep_copy(aim.params)
        behind, _, _ = self._carried_out(aim, given, owner)
        arrays = [name for name in owner.arrays if isinstance(given[name], np.ndarray)]
        return any(behind[name] is given[name] for name in arrays)

    def _with_given(
        self,
        forward: str,
        owner: Owner,
        owned: Callable[..., Made],
        chosen: Callable[[Owner], Made],
    ) -> Made:
        """Return a layer; what it is given is a parameter, too, where its gradient is returned."""
        try:
            pair, aim = chosen(owner)
            owner = pair.forward.owner if isinstance(pair.forward, Owned) else owner
            refused = None
        except DataError as error:  # it may have no parameters of its own
            if owner.arrays and self._keeps_arrays(owned(owner)[1], owner):
                raise
            refused = error
            owner = owner.only(())
            pair, aim = owned(owner)
        arguments = arguments_of(self.get(forward))
        named = dict(zip(aim.names, aim.data, strict=True))
        given = {
            name: array
            for name, array in named.items()
            if name in arguments and name not in aim.params
            if isinstance(array, np.ndarray) and array.dtype.kind == "f"
        }
        rate = pair.backward.rate if isinstance(pair.backward, OwnedGradient) else 0.0
        while given:
            rest = {name: each for name, each in named.items() if name not in given}
            case = Case({**aim.params, **given}, tuple(rest.values()), tuple(rest))
            more, target = owned(owner, case, tuple(given), rate)
            _, found, _ = self._carried_out(target, deep_copy(target.params), owner)
            shapes = {n: shape_of(found.get(f"d{n}")) for n in given}
            own = {n: a for n, a in given.items() if shapes[n] == a.shape}
            if len(own) == len(given):
                return more, target
            given = own
        if refused is not None:
            raise refused
        return pair, aim

    def _target(self, pair: Pair, case: Case) -> Target:
        return target(self.program.path, pair, case, self.numbers)

    def _module(self, forwards: Sequence[str], backward: str) -> Owner | None:
        """Return the module, if its functions read what may be parameters, and are given none."""
        arguments = [name for each in forwards for name in arguments_of(self.get(each))]
        if any(map(PARAMETERS.fullmatch, arguments)):
            return None
        functions = [self.get(name) for name in (*forwards, backward)]
        read = variables_read_by(functions, self.program.module)
        owner = OfModule(self.program.module, [n for n in read if n not in arguments])
        symbols = dict.fromkeys(symbols_of(functions[-1]), True)
        paths = [each for several in owner.paths.values() for each in several]
        likely = any(len(path) > 1 or called_like(symbols, path[-1][1]) for path in paths)
        likely = likely or any(path[-1][1] in texts_of(functions[-1]) for path in paths)
        returned = returned_names(functions[-1])  # as many things without names?
        return owner if likely or 1 < len(returned) == len(owner.paths) else None

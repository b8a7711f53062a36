"""Right programs with one planted fault each, or with two."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from zlib import crc32

from trainwell.diagnosis.scorecard.behaviour import (
    Behaviour,
    Status,
    behaviour,
    differ,
    shows,
    status,
)
from trainwell.diagnosis.scorecard.faults import Operator
from trainwell.diagnosis.scorecard.operators import OPERATORS, kinds
from trainwell.diagnosis.scorecard.programs import Namespace, Program, load, programs
from trainwell.diagnosis.scorecard.sites import Edit, Site, sites
from trainwell.randomness import generator

POINTS = 3
"""Points at which the gradient of a mutant is compared with the right one."""


@dataclass(frozen=True)
class Mutant:
    """A program with one planted fault.

    Parameters
    ----------
    program : Program
        The right program.
    operator : str
        Which way of getting it wrong.
    kinds : tuple of str
        Acceptable names of what is wrong, the most exact first.
    source : str
        Text of the whole mutated file.
    lines : tuple of int
        First and last line of the wrong statement, from 1; those of the right program,
        unless the statement has become shorter.
    target : str
        The variables that it assigns, as text; ``return`` for a return statement.
    seed : int
        Seed of the first point, and of what the operator left to chance.
    status : {"wrong", "crash", "shape", "equivalent"}
        What the fault does to the gradient.
    points : tuple of int
        Seeds of the points at which the first call of the gradient shows that it is wrong.
    edit : Edit
        The fault as a change of the right text.
    """

    program: Program
    operator: str
    kinds: tuple[str, ...]
    source: str = field(repr=False)
    lines: tuple[int, int]
    target: str
    seed: int
    status: Status
    points: tuple[int, ...]
    edit: Edit = field(repr=False)

    @property
    def calls(self) -> int:
        """How many calls it takes to show: 2 where the first one is right at every point."""
        return 1 if self.points or self.status != "wrong" else 2

    @property
    def filename(self) -> str:
        """A name for the mutated file that no other has."""
        return _filename(self.program, self.operator, self.source)

    def load(self) -> Namespace:
        """Return what the mutated program defines."""
        return load(self.source, self.filename)


@dataclass(frozen=True)
class Pair:
    """A program with two planted faults in two statements.

    Parameters
    ----------
    program : Program
        The right program.
    first : Mutant
        The fault that stands first in the text.
    second : Mutant
        The other one.
    source : str
        Text of the file with both.
    seed : int
        Seed of the first point.
    """

    program: Program
    first: Mutant
    second: Mutant
    source: str = field(repr=False)
    seed: int

    @property
    def filename(self) -> str:
        """A name for the mutated file that no other has."""
        return _filename(self.program, f"{self.first.operator}-{self.second.operator}", self.source)

    def load(self) -> Namespace:
        """Return what the mutated program defines."""
        return load(self.source, self.filename)


def mutants(program: Program, seed: int) -> list[Mutant]:
    """Return all mutants of a program that are not equivalent to it.

    Parameters
    ----------
    program : Program
        The right program; its framework must be installed.
    seed : int
        Of the points and of what operators leave to chance: the same seed, the same mutants.

    Returns
    -------
    list of Mutant
        In the order of the operators. Of two that change the same statement and have the
        same gradient at every point only the first is there.
    """
    workshop = _Workshop(program, seed)
    found = (workshop.judged(*place) for place in workshop.places())
    return [mutant for mutant in found if mutant is not None]


def sample(count: int, seed: int, *, held_out: bool | None = None) -> list[Mutant]:
    """Draw wrong mutants so that programs and operators have equal shares, if they can.

    Parameters
    ----------
    count : int
        How many; fewer where there are no more.
    seed : int
        The same seed, the same mutants.
    held_out : bool, optional
        Of programs on which nothing was tuned only, or of the others only.

    Returns
    -------
    list of Mutant
        All with the status ``"wrong"``, in the order of programs and lines.
    """
    rng = generator(seed, "sample of mutants")
    shops = [_Workshop(each, seed) for each in programs(held_out=held_out) if each.available]
    strata: list[tuple[_Workshop, list[_Place]]] = []
    for shop in shops:
        groups: dict[Operator, list[_Place]] = {}
        for place in shop.places():
            groups.setdefault(place[0], []).append(place)
        strata += [
            (shop, [group[i] for i in rng.permutation(len(group))]) for group in groups.values()
        ]
    strata = [strata[i] for i in rng.permutation(len(strata))]
    chosen: list[Mutant] = []
    while strata and len(chosen) < count:
        for shop, group in strata:
            while group and len(chosen) < count:
                mutant = shop.judged(*group.pop())
                if mutant is not None and mutant.status == "wrong":
                    chosen.append(mutant)
                    break
        strata = [(shop, group) for shop, group in strata if group]
    return sorted(chosen, key=lambda each: (each.program.name, each.lines, each.operator))


def pairs(program: Program, count: int, seed: int) -> list[Pair]:
    """Draw programs with two faults, each of which changes what the other one does.

    Parameters
    ----------
    program : Program
        The right program.
    count : int
        How many; fewer where there are no more.
    seed : int
        The same seed, the same pairs.

    Returns
    -------
    list of Pair
        Both faults show at the first call, alone and in the presence of the other; alone by a
        relative error of 1e-6 or more, as small as a check promises to see.
    """
    rng = generator(seed, f"pairs of {program.name}")
    workshop = _Workshop(program, seed)
    places = list(workshop.places())
    found: dict[str, Pair] = {}
    for _ in range(20 * count):
        if len(found) == count or len(places) < 2:
            break
        one, two = (places[int(i)] for i in rng.choice(len(places), 2, replace=False))
        pair = workshop.paired(one, two)
        if pair is not None:
            found.setdefault(pair.source, pair)
    return list(found.values())


_Place = tuple[Operator, Site, Edit]


class _Workshop:
    """One program with what is right about it, and the mutants already made of it."""

    def __init__(self, program: Program, seed: int) -> None:
        self.program = program
        self.seed = seed
        self.seeds = [seed + 1000 * place for place in range(POINTS)]
        self.right = behaviour(program, program.source, self.seeds)
        self.seen: set[tuple[int, bytes]] = set()

    def places(self, operators: Sequence[Operator] = OPERATORS) -> Iterator[_Place]:
        """Iterate over operators and the edits that they can make, each text once."""
        texts = {self.program.source}
        statements = sites(self.program, self.seed)
        for operator in operators:
            for number, site in enumerate(statements):
                purpose = f"{operator.name} in {self.program.name}"
                rng = partial(generator, self.seed, purpose, number)
                for edit in operator.edits(site, rng):
                    text = site.mutated(edit)[0]
                    if text not in texts:
                        texts.add(text)
                        yield operator, site, edit

    def judged(self, operator: Operator, site: Site, edit: Edit) -> Mutant | None:
        """Return the mutant, ``None`` for one that is equivalent or there already."""
        mutant = self.made(operator, site, edit)
        if mutant[0].status == "equivalent":
            return None
        if mutant[1] is not None:
            mark = (site.statement.lineno, _mark(mutant[1]))
            if mark in self.seen:
                return None
            self.seen.add(mark)
        return mutant[0]

    def made(self, operator: Operator, site: Site, edit: Edit) -> tuple[Mutant, Behaviour | None]:
        """Return the mutant and what it does."""
        source, lines = site.mutated(edit)
        found: Status = "crash"
        points: tuple[int, ...] = ()
        done = self.run(source)
        if done is not None:
            found = status(self.right, done)
            points = self.points(source, done) if found == "wrong" else ()
        target = edit.target or site.target
        mutant = Mutant(
            self.program,
            operator.name,
            kinds(operator, site, edit),
            source,
            lines,
            target,
            self.seed,
            found,
            points,
            edit,
        )
        return mutant, done

    def run(self, source: str, places: slice = slice(None)) -> Behaviour | None:
        """Return what a text does, ``None`` if it ends in an exception."""
        try:
            return behaviour(self.program, source, self.seeds[places])
        except Exception:  # noqa: BLE001 - a planted fault may raise anything
            return None

    def points(self, source: str, done: Behaviour) -> tuple[int, ...]:
        """Return the seeds of the points at which a first call shows that a text is wrong."""
        shown = [place for place in range(POINTS) if self.off(done, place)]
        if 0 not in shown:  # what is wrong later may be so because it was called before
            alone = {place: self.run(source, slice(place, place + 1)) for place in shown}
            shown = [
                place
                for place, other in alone.items()
                if other is None or differ(self.right.first[place], other.first[0])
            ]
        return tuple(self.seeds[place] for place in shown)

    def off(self, done: Behaviour, place: int) -> bool:
        """Say whether the gradient at one of the points is wrong."""
        return differ(self.right.first[place], done.first[place])

    def paired(self, one: _Place, two: _Place) -> Pair | None:
        """Return the program with both faults, ``None`` where one hides the other or is tiny."""
        one, two = sorted((one, two), key=lambda place: place[1].lines)
        if one[1].lines[1] >= two[1].lines[0]:
            return None
        (first, alone), (second, other) = self.made(*one), self.made(*two)
        usable = all(each.status == "wrong" and each.calls == 1 for each in (first, second))
        if not usable or alone is None or other is None:
            return None
        if not (shows(self.right, alone) and shows(self.right, other)):
            return None
        source = _both(one, two)
        done = self.run(source)
        if done is None or status(self.right, done) != "wrong":
            return None
        if status(alone, done) != "wrong" or status(other, done) != "wrong":
            return None
        return Pair(self.program, first, second, source, self.seed)


def _both(one: _Place, two: _Place) -> str:
    """Return the text with two edits; lines of the second come from its own mutant."""
    first, second = one[1].mutated(one[2])[0], two[1].mutated(two[2])[0]
    split = two[1].lines[0] - 1
    head, tail = first.splitlines(keepends=True), second.splitlines(keepends=True)
    return "".join([*head[:split], *tail[split:]])


def _mark(done: Behaviour) -> bytes:
    parts = [
        array.tobytes()
        for gradients in (done.first, done.again, done.kept)
        for gradient in gradients
        for _, array in sorted(gradient.items())
    ]
    return b"".join(parts)


def _filename(program: Program, operator: str, source: str) -> str:
    stem = program.file.removesuffix(".py")
    return f"{stem}@{operator}-{crc32(source.encode()):08x}.py"

"""``trainwell check``: is a hand-written gradient right? If not, which line is wrong, and how."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trainwell.cli.text import counted, print_json, say
from trainwell.errors import ConfigurationError, DataError, StorageError

if TYPE_CHECKING:
    from trainwell.cli.check_arguments import Pair, Target
    from trainwell.cli.check_pair import Chosen
    from trainwell.diagnosis.gradient_verdict.step_curve import StepCurve
    from trainwell.diagnosis.gradients.report import GradientReport

EXIT_CODES = {"PASS": 0, "FAIL": 1, "UNDECIDED": 3}


def check(
    file: Annotated[
        str | None,
        typer.Argument(metavar="FILE", help="A Python file with your functions."),
    ] = None,
    forward: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The function that returns the cost, or (cost, cache)."),
    ] = None,
    cost: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The function that makes the cost of what the forward pass returns.",
        ),
    ] = None,
    backward: Annotated[
        str | None, typer.Option(metavar="NAME", help="The function that returns the gradients.")
    ] = None,
    case: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="A function that returns (params, data) or (object, data); case, make_case,"
            " test_case, example and *_test_case are found, or variables params and data.",
        ),
    ] = None,
    params: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="The parameters: an .npz (by name) or .npy."),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="With --params: the data, an .npz or .npy."),
    ] = None,
    hyper: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="A number that the functions take, or that the report may name; repeatable.",
        ),
    ] = None,
    points: Annotated[
        int, typer.Option(metavar="N", help="Points to check at, if the given one hides something.")
    ] = 3,
    directions: Annotated[
        int,
        typer.Option(metavar="N", help="Random directions that confirm the reference, at most."),
    ] = 2,
    method: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="Where the reference comes from: auto, trace, complex, central."
        ),
    ] = "auto",
    seed: Annotated[int, typer.Option(metavar="N", help="Of the random directions.")] = 0,
    plot: Annotated[
        str | None, typer.Option(metavar="FILE", help="Draw the result into this .png.")
    ] = None,
    demo: Annotated[
        bool,
        typer.Option("--demo", metavar="", help="Check the course's network with its two bugs."),
    ] = False,
    right: Annotated[
        bool, typer.Option("--right", metavar="", help="With --demo: the corrected network.")
    ] = False,
    bench: Annotated[
        bool,
        typer.Option("--bench", metavar="", help="Measure the checker itself: its score card."),
    ] = False,
    mutants: Annotated[
        int | None,
        typer.Option(metavar="N", help="With --bench: a shorter card, of N planted faults."),
    ] = None,
    whole: Annotated[
        bool, typer.Option("--whole", metavar="", help="Print the long lists in full.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", metavar="", help="Print only results and errors.")
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", metavar="", help="Print the result as JSON.")
    ] = False,
) -> None:
    """Check a hand-written gradient: trainwell check FILE.

    Finds the forward pass (forward*, cost*, loss*), the backward pass (backward*, grad*)
    and a test case in the file, and says which line is wrong and how. The cost may be a
    function of its own, or one function may return the cost and the gradients; a layer
    may stand alone; the functions may be methods of an object that the case returns. Exit
    codes: 0 the gradient is right, 1 it is wrong, 2 could not run, 3 undecided, 130
    stopped by Ctrl-C.

    Arguments are told apart by their names, in any order: parameters, params, theta,
    weights or W are all parameters together, the name of one parameter is that one, cache
    is what the forward pass returned beside the cost; every other argument is one of the
    data, by its name in --data or by its place in the case.
    """
    from trainwell.cli.check_view import print_report

    if mutants is not None and not bench:
        raise ConfigurationError.contradiction("check", "--mutants goes with --bench")
    if seed < 0:
        raise ConfigurationError.out_of_range("check", "seed", seed, "at least 0")
    if bench:
        from trainwell.cli.check_bench import bench as measure

        if demo or file is not None:
            sentence = "--bench measures the checker: give no FILE and no --demo"
            raise ConfigurationError.contradiction("check", sentence)
        measure(mutants, seed, json=json, quiet=quiet)
        return
    from trainwell.cli.check_pair import Chosen

    _refuse(file, case, params, data, method, plot, demo=demo, right=right)
    if demo:
        from trainwell.cli import check_demo

        file = check_demo.__file__
        case = case or "case"
        forward = forward or "forward_propagation_n"
        backward = backward or f"{'corrected_' if right else ''}backward_propagation_n"
    assert file is not None  # noqa: S101 - refused above
    _check_place(plot, (file, params, data))
    report, curve = _checked(
        file,
        Chosen(forward, cost, backward),
        (case, params, data),
        _numbers(hyper or []),
        (points, directions, method, seed),
        drawn=plot is not None,
        quiet=quiet,
    )
    if plot is not None:
        from trainwell.report.gradient_picture import gradient_picture

        gradient_picture(report, plot, curve)
    if json:
        print_json(report.as_dict())
    else:
        print_report(report, whole=whole)
    if plot is not None and not quiet:
        say(f"Picture: {plot}")
    code = EXIT_CODES[report.verdict]
    if code:
        raise typer.Exit(code)


def _checked(
    file: str,
    chosen: "Chosen",
    place: tuple[str | None, str | None, str | None],
    numbers: dict[str, float],
    settings: tuple[int, int, str, int],
    *,
    drawn: bool,
    quiet: bool,
) -> "tuple[GradientReport, StepCurve | None]":
    """Run the check while the program's folder is in sight."""
    from trainwell.cli.check_case import given_by, given_in_files
    from trainwell.cli.check_framework import framework_rule
    from trainwell.cli.check_pair import aimed, refuse_without_parts
    from trainwell.cli.check_program import running, told
    from trainwell.diagnosis.gradient_verdict.step_curve import step_curve
    from trainwell.diagnosis.gradients.check import check_gradients
    from trainwell.diagnosis.gradients.jacobian import check_jacobian

    points, directions, method, seed = settings
    with running(file) as program:
        refuse_without_parts(program, chosen)
        case, params, data = place
        given = given_by(program, case) if params is None else given_in_files(params, data)
        rule = framework_rule(given)
        if rule is not None:
            if not quiet:
                say(f"Checking {rule.name} of {Path(file).name}.")
            with told(file):
                return rule.checked(numbers, settings), None
        found, aim = aimed(program, chosen, given, numbers)
        if not quiet:
            say(_introduction(file, found, aim))
        with _in_words(file, found), told(file):
            check_it = check_jacobian if found.is_jacobian else check_gradients
            report = check_it(
                aim.cost,
                aim.grad,
                aim.params,
                aim.data,
                hyperparams=aim.numbers,
                points=points,
                directions=directions,
                method=method,
                seed=seed,
            )
        if found.note:
            report = replace(report, reasons=(*report.reasons, found.note))
        curve = None
        if drawn:
            # The program may refuse other points as it likes; the picture does without them.
            with suppress(Exception):
                curve = step_curve(*_passes(found, aim, seed), seed=seed)
    return report, curve


def _passes(found: "Pair", aim: "Target", seed: int) -> tuple[Any, Any, Any, tuple[Any, ...]]:
    """Return cost, gradient, parameters and data; of a Jacobian those that are checked."""
    if not found.is_jacobian:
        return aim.cost, aim.grad, aim.params, aim.data
    from trainwell.diagnosis.gradients.jacobian import as_cost

    cost, grad, data = as_cost(aim.cost, aim.grad, aim.params, aim.data, seed)
    return cost, grad, aim.params, data


def _introduction(file: str, found: "Pair", aim: "Target") -> str:
    from trainwell.diagnosis.gradient_verdict.parameters import Parameters

    parameters = Parameters.of(aim.params)
    names = dict.fromkeys((found.backward_name, found.forward_name))
    said = f"Checking {' against '.join(names)} of {Path(file).name}"
    if parameters.has_settings:  # which are parameters if there are gradients of them
        return f"{said}."
    numbers = counted(parameters.count, "number")
    return f"{said}: {numbers} in {counted(len(parameters.arrays), 'array')}."


@contextmanager
def _in_words(file: str, found: "Pair") -> Iterator[None]:
    """Say in the program's own names what is wrong with what its functions return."""
    owner = "check_gradients."
    try:
        yield
    except ConfigurationError as error:
        sentence = str(error)
        cost = f"{owner}cost(params, *data)"
        if not sentence.startswith(cost):
            raise
        rest = sentence.removeprefix(cost)
        raise DataError.in_file(file, f"what {found.forward_name} returns{rest}") from None


def _refuse(
    file: str | None,
    case: str | None,
    params: str | None,
    data: str | None,
    method: str,
    plot: str | None,
    *,
    demo: bool,
    right: bool,
) -> None:
    """Refuse what contradicts itself before anything is run."""
    from trainwell.diagnosis.gradient_verdict.reference import METHODS

    if demo == (file is not None):
        sentence = "give FILE or --demo, not both" if demo else "needs a FILE, or --demo"
        raise ConfigurationError.contradiction("check", sentence)
    if right and not demo:
        raise ConfigurationError.contradiction("check", "--right goes with --demo")
    if case is not None and params is not None:
        sentence = "--case and --params both say where to check"
        raise ConfigurationError.contradiction("check", sentence)
    if data is not None and params is None:
        raise ConfigurationError.contradiction("check", "--data goes with --params")
    if method not in METHODS:
        raise ConfigurationError.unknown_name("--method", method, METHODS)
    if plot is not None and not plot.endswith(".png"):
        raise ConfigurationError.out_of_range("check", "plot", plot, "a .png file")


def _check_place(plot: str | None, inputs: tuple[str | None, ...]) -> None:
    """Refuse a place that cannot be written to before anything is computed."""
    if plot is None:
        return
    place = Path(plot)
    if any(path is not None and place.resolve() == Path(path).resolve() for path in inputs):
        raise ConfigurationError.contradiction("check", f"--plot {plot} would replace an input")
    if place.exists() and not place.is_file():
        raise StorageError.not_written(place, "it is not a regular file")
    try:
        TemporaryFile(dir=place.parent).close()
    except OSError as error:
        raise StorageError.not_written(place, error.strerror or str(error)) from None


def _numbers(given: list[str]) -> dict[str, float]:
    """Read NAME=VALUE; what is written as a whole number stays one."""
    numbers: dict[str, float] = {}
    for text in given:
        name, equals, value = text.partition("=")
        try:
            numbers[name.strip()] = int(value) if value.strip().isdigit() else float(value)
        except ValueError:
            equals = ""
        if not equals or not name.strip().isidentifier():
            domain = "NAME=VALUE with a number, such as lambd=0.7"
            raise ConfigurationError.out_of_range("check", "hyper", text, domain)
    return numbers

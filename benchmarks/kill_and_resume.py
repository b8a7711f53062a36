"""Kill ``trainwell fit`` at random moments and resume it: the files must be those of a quiet run.

    python benchmarks/kill_and_resume.py [TABLE --target COLUMN ...] [--kills 20] [--seed 0]

Without a table the demonstration is fitted. Each trial kills a run once or several times
(SIGKILL, at a moment drawn from the length of a quiet run), resumes it to its end, and
compares every byte of every file. Exit code 1 if a file differs.
"""
# ruff: noqa: T201 - a program of its own, which prints a table

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

DEMO = ("--demo", "--hidden", "256,128", "--patience", "300")
TRAINWELL = (sys.executable, "-m", "trainwell", "fit")


def run(arguments: Sequence[str], folder: Path, *further: str) -> None:
    """Run to the end."""
    command = [*TRAINWELL, *arguments, "--out", str(folder), "--quiet", *further]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if answer.returncode not in {0, 1}:
        sys.exit(f"{' '.join(command)} ended with {answer.returncode}: {answer.stderr}")


def killed(arguments: Sequence[str], folder: Path, seconds: float, *further: str) -> str:
    """Kill a run after some seconds; say what it had written by then, if it was still at work."""
    command = [*TRAINWELL, *arguments, "--out", str(folder), "--quiet", *further]
    program = subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        program.wait(seconds)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()
    else:
        return ""
    names = [path.name for path in folder.iterdir()] if folder.exists() else []
    stages = ("checkpoint.safetensors", "model.safetensors", "report.html", "run.json")
    found = [name.partition(".")[0] for name in stages if name in names]
    parts = ["a part of a file"] * any(name.startswith(".") for name in names)
    return " + ".join(found + parts) or "nothing"


def content(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def main() -> int:
    """Run the trials, print one line each, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--kills", type=int, default=20, help="how many")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    options, arguments = parser.parse_known_args()
    arguments = [*(arguments or DEMO), "--checkpoint-seconds", "0.2"]
    draw = random.Random(options.seed)  # noqa: S311 - moments, not secrets
    kills = differing = trials = 0
    with tempfile.TemporaryDirectory() as place:
        quiet = Path(place) / "quiet"
        begun = time.monotonic()
        run(arguments, quiet)
        length = time.monotonic() - begun
        expected = content(quiet)
        print(f"a quiet run takes {length:.1f} s and writes {', '.join(sorted(expected))}")
        while kills < options.kills:
            folder = Path(place) / f"trial{trials}"
            told: list[str] = []
            for _ in range(draw.choice([1, 1, 2, 3])):
                seconds = draw.uniform(0, length)
                found = killed(arguments, folder, seconds, *(["--resume"] if told else []))
                if not found:
                    break
                told.append(f"{seconds:.2f} s ({found})")
            run(arguments, folder, "--resume")
            same = content(folder) == expected
            kills, trials, differing = kills + len(told), trials + 1, differing + (not same)
            verdict = "identical" if same else "DIFFERENT"
            print(f"killed at {', '.join(told) or 'no moment'}: {verdict}", flush=True)
    print(f"{kills} kills in {trials} trials: {trials - differing} identical, {differing} not")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())

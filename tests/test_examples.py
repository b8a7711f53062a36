"""Every example runs as it stands, and what it draws is what the documents show."""

import subprocess
import sys
from pathlib import Path

import numpy as np
from matplotlib.image import imread

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
PICTURES = ROOT / "docs" / "pictures"


def run(example, *arguments, folder):
    command = [sys.executable, "-W", "error", str(EXAMPLES / example), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder)


def coarse(picture):
    """Return means of 11 by 11 pixels: another release of matplotlib may move a line by two."""
    rows, columns, colours = picture.shape
    blocks = picture.reshape(rows // 11, 11, columns // 11, 11, colours)
    return blocks.mean(axis=(1, 3))


def test_every_example_is_run_here():
    assert {path.name for path in EXAMPLES.glob("*.py")} == {"initialization.py"}


def test_the_picture_of_the_readme_is_what_its_example_draws(tmp_path):
    answer = run("initialization.py", folder=tmp_path)
    assert (answer.stdout, answer.stderr) == ("", "")
    (drawn,) = tmp_path.iterdir()
    assert drawn.name == "initialization.png"
    new, shown = imread(drawn), imread(PICTURES / drawn.name)
    assert new.shape == shown.shape
    assert np.abs(coarse(new) - coarse(shown)).max() < 0.3

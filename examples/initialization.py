"""Draw the picture of the README: three initialisations of the course's network.

Usage: python examples/initialization.py [PICTURE.png]
"""

import sys
from pathlib import Path

from trainwell.course.datasets import course_arrays
from trainwell.course.descent import finished
from trainwell.course.initialization import iterations, predict_dec
from trainwell.data.toys import make_circles
from trainwell.report.boundary import decision_boundary, draw_boundaries
from trainwell.report.figure import as_png

STARTS = {"zeros": "zeros", "random": "weights times 10", "he": "He"}


def main(path: str) -> None:
    """Train the three networks and write the picture."""
    circles = make_circles(300, noise=0.05, seed=1)
    X, Y = course_arrays(circles)
    panels = []
    for start, name in STARTS.items():
        parameters = finished(iterations(X, Y, initialization=start)).parameters
        right = (predict_dec(parameters, X) == Y).mean()
        panels.append(
            decision_boundary(
                f"{name}: {right:.1%} right",
                lambda points, trained=parameters: predict_dec(trained, points)[0],
                circles.x,
                circles.y[0],
            )
        )
    Path(path).write_bytes(as_png(draw_boundaries(tuple(panels)), dpi=110))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "initialization.png")

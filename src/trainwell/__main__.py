"""``python -m trainwell`` is the command ``trainwell``."""

import sys

from trainwell.cli.main import main

if __name__ == "__main__":
    sys.exit(main())

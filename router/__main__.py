"""`python -m router` is `gray-router`."""

import sys

from router.cli.main import main

if __name__ == "__main__":
    sys.exit(main())

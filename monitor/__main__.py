"""The command `monitor`, also as `python -m monitor`.

In:  the command line.
Out: an exit code.
Not here: everything else; this module imports as little as it can.
"""

import sys

from monitor.cli.main import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())

"""The command `monitor`, also as `python -m monitor`.

In:  the command line.
Out: an exit code.
Not here: everything else; this module imports as little as it can.
"""

import os
import sys

from monitor.cli.main import main

# Matrices here are small: one thread does each faster than several that wait for one another.
for _threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())

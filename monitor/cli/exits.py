"""Exit codes: the one place where errors become numbers.

In:  an error that a command did not expect to solve.
Out: the exit code of CONTRACT.md.
Not here: printing (main.py).
"""

from monitor.errors import ConfigError, QueryError, StateInUseError, UsageError

DONE = 0
FAILED = 1  # ran, but something failed; stderr says what
USAGE = 2
FOUND_ERRORS = 3  # `check` and `rules` found what they look for
TRY_AGAIN = 75  # EX_TEMPFAIL
CONFIG = 78  # EX_CONFIG
INTERRUPTED = 130  # 128 + SIGINT


def exit_code(error: BaseException) -> int:
    """Return the exit code for an error that ends the program."""
    match error:
        case UsageError() | QueryError():
            return USAGE
        case ConfigError():
            return CONFIG
        case StateInUseError():
            return TRY_AGAIN
        case KeyboardInterrupt():
            return INTERRUPTED
        case _:
            return FAILED

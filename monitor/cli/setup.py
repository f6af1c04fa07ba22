"""Setup: what every command that works does first.

In:  the global options.
Out: the log, set up.
Not here: the options themselves (options.py).
"""

import sys

from monitor.cli.options import Options
from monitor.telemetry.log import LEVELS, set_up_log


def set_up(options: Options, *, is_daemon: bool = False) -> None:
    """Set up the log: errors for a command, which says itself what failed; all units of work for a daemon; -v all."""
    level = LEVELS["verbose"] if options.verbose else LEVELS["daemon"] if is_daemon else LEVELS["plain"]
    is_terminal = sys.stderr.isatty()
    set_up_log(
        level=LEVELS["quiet"] if options.quiet else level,
        color=is_terminal and not options.no_color,
        machine=is_daemon and not is_terminal,
    )

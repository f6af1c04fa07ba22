"""The log: events with fields on stderr, for a terminal or for the journal.

In:  how much to say and to whom.
Out: structlog, set up.
Not here: the list of events (docs/reference/events.md).
"""

import logging
import sys

import structlog


def set_up_log(*, level: int, color: bool, machine: bool) -> None:
    """Set up the log once, at the start of a command.

    level: of `logging`. machine: one JSON object a line instead of columns for people.
    """
    renderer = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if machine
        else structlog.dev.ConsoleRenderer(colors=color)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


LEVELS = {"quiet": logging.ERROR, "plain": logging.ERROR, "daemon": logging.INFO, "verbose": logging.DEBUG}

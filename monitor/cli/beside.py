"""Beside: reading what is stored, and changing it: by the daemon that holds the state, else here.

In:  what to ask a daemon, and the same change as a function of the store.
Out: what came of it, in the same form either way.
Not here: what a change does (pipeline/), the socket (service/control.py).
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from monitor.errors import MonitorError, StateInUseError, UsageError
from monitor.service.control import Talk, ask
from monitor.store.engine import Store, Tx, open_for_reading, open_store

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

ID_MIN: Final = 4  # characters; fewer would name things by accident
PATIENCE_S: Final = 3.0  # with whoever holds the state and does not listen: a daemon that starts, or a short pass
PAUSE_S: Final = 0.1

Work = Callable[[Store], "Coroutine[Any, Any, DataclassInstance]"]


def named(word: str) -> str:
    """Return an id or address as it was meant: logs and alerts show ids in brackets. Raises UsageError."""
    ref = word.strip().strip("[]#").strip()
    if len(ref) < ID_MIN:
        raise UsageError(f"{word!r} is too short: give at least {ID_MIN} characters of an id")
    return ref


@contextmanager
def reading(state: Path) -> Iterator[Tx]:
    """Give a connection for reading, also beside a running daemon. Raises StoreError where nothing is stored."""
    store = open_for_reading(state)
    try:
        with store.read() as tx:
            yield tx
    finally:
        store.close()


def changed(state: Path, asked: Talk, work: Work, *, may_make: bool = False) -> Talk:
    """Have a running daemon make a change, or make it where none runs; return what came of it. Raises MonitorError.

    may_make: whether a state folder without a store gets one; else there is nothing to change in it.
    """
    until = time.monotonic() + PATIENCE_S
    while (answer := ask(state, asked)) is None:
        try:
            return asdict(_alone(state, work, may_make=may_make))
        except StateInUseError:
            if time.monotonic() > until:
                raise
        time.sleep(PAUSE_S)
    if not answer.pop("ok"):
        raise MonitorError(str(answer.get("error")))
    return answer


def _alone(state: Path, work: Work, *, may_make: bool) -> "DataclassInstance":
    if not may_make:
        open_for_reading(state).close()  # it says what is wrong where there is nothing to change
    store = open_store(state)
    try:
        return asyncio.run(work(store))
    finally:
        store.close()

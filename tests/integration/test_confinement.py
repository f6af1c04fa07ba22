"""`monitor status` tells what the kernel keeps workers from: the daemon's where one runs, else those it would have."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from feed_desk import Shell
from programs import Line

from monitor.service.control import Control, Handler, telling_confinement
from monitor.sources.sandbox import Level, probe
from monitor.store.engine import open_store


@contextlib.contextmanager
def listening(state: Path, handlers: dict[str, Handler]) -> Iterator[None]:
    """Stand where the daemon stands: its lock and its socket."""
    ready, over = threading.Event(), threading.Event()

    async def work() -> None:
        async with Control(state, handlers):
            ready.set()
            await asyncio.to_thread(over.wait)

    store = open_store(state)
    thread = threading.Thread(target=asyncio.run, args=(work(),))
    thread.start()
    assert ready.wait(20)
    try:
        yield
    finally:
        over.set()
        thread.join(20)
        store.close()


def told(monitor: Shell) -> tuple[Line | None, list[str]]:
    """Return what `status` says of it, for programs and for people."""
    [line] = monitor("--json", "status").lines
    return line["confinement"], [line for line in monitor("status").out.splitlines() if "worker" in line]


def test_without_a_daemon_what_a_worker_would_reach_is_told(monitor: Shell) -> None:
    open_store(monitor.folder / "state").close()
    line, [sentence] = told(monitor)
    level = probe()
    assert line == level.walls() | {"landlock": level.landlock, "seccomp": level.seccomp}
    assert sentence.startswith("workers would be kept from files, sockets and programs by the ")


FULL = {"files": True, "sockets": True, "programs": True, "landlock": 7, "seccomp": True}


@pytest.mark.parametrize(
    ("level", "line", "sentence"),
    [
        (
            Level(landlock=7, seccomp=True),
            FULL,
            "workers are kept from files, sockets and programs by the kernel (Landlock 7, seccomp)",
        ),
        (
            Level(landlock=3, seccomp=False),
            FULL | {"sockets": False, "landlock": 3, "seccomp": False},
            "workers are kept from files and programs by the kernel (Landlock 3), from sockets by Python alone",
        ),
        (
            Level(landlock=0, seccomp=False),
            {"files": False, "sockets": False, "programs": False, "landlock": 0, "seccomp": False},
            "workers are kept from files, sockets and programs by Python alone",
        ),
        (None, None, "what keeps workers in is not known before one has run"),
    ],
)
def test_a_daemon_tells_what_its_workers_reached(
    level: Level | None, line: Line | None, sentence: str, monitor: Shell
) -> None:
    with listening(monitor.folder / "state", {"confinement": telling_confinement(lambda: level)}):
        assert told(monitor) == (line, [sentence])


def test_a_daemon_that_cannot_tell_does_not_keep_status_from_the_rest(monitor: Shell) -> None:
    """An older one, or one that is in trouble."""
    with listening(monitor.folder / "state", {}):
        line, [sentence] = told(monitor)
    assert line is None
    assert sentence.startswith("what keeps workers in is not known")

"""The disk fills up under the daemon, and is freed again: it says so, stays, and loses nothing.

A limit on the size of the files of the daemon's process stands for the disk: it comes and goes as any user may have it.
"""

import resource
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from programs import LIMIT_S, wait_for
from receivers import web

from tests.integration.test_daemon import TEXT, Place, daemon, log_of, managing, place

FULL = 96 << 10  # bytes: less than the database has, more than the log will

RAIL = "Mali reopens its railway to Kidira\nTrains to Kidira run again in Mali after six years, the operator said.\n"


def events(at: Place) -> list[str]:
    return [line["event"] for line in log_of(at)]


@pytest.mark.slow
def test_a_full_disk_stops_it_says_so_and_nothing_is_lost_once_there_is_room(tmp_path: Path) -> None:
    with web() as receiver, managing() as (manager, environ):
        at = place(tmp_path, receiver.port)
        with daemon(at, environ) as process:
            wait_for(lambda: "READY=1" in manager.hear() or process.poll() is not None, "READY=1")
            at.bring("ferry", TEXT)
            wait_for(lambda: receiver.requests or process.poll() is not None, "the first alert")

            usual = resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (FULL, resource.RLIM_INFINITY))
            at.bring("rail", RAIL)
            wait_for(lambda: "tick_failed" in events(at) or process.poll() is not None, "a word of the full disk")
            fed = manager.hear().count("WATCHDOG=1")
            failed = events(at).count("tick_failed")
            wait_for(lambda: events(at).count("tick_failed") > failed + 2, "no end of it")
            assert manager.hear().count("WATCHDOG=1") == fed  # the service manager sees it, too
            assert process.poll() is None
            told = len(receiver.requests)

            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, usual)
            wait_for(lambda: len(keys(receiver.requests)) == 2 or process.poll() is not None, "the second alert")
            wait_for(lambda: at.json("status")[0]["deliveries"] == {"sent": 2}, "its record")
            process.terminate()
            assert process.wait(LIMIT_S) == 0
        assert told in (1, 2)
        assert len(receiver.requests) - 2 <= 1  # taken once more, if its record was what failed
        [status] = at.json("status")
        assert (status["entries"], status["alerts"], status["waiting"]) == (2, 2, 0)
        with closing(sqlite3.connect(at.folder / "state" / "monitor.sqlite")) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def keys(requests: list[tuple[str, dict[str, str], bytes]]) -> set[str]:
    return {headers["X-Idempotency-Key"] for _, headers, _ in requests}

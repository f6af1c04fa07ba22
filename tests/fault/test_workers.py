"""Workers die in every way, and the next call works."""

import asyncio
import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from multiprocessing import forkserver
from pathlib import Path

import pytest

from monitor.errors import ParseError, WorkerError
from monitor.sources import workers as workers_module
from monitor.sources.parse import parse_feed
from monitor.sources.workers import Workers

ROOT = Path(__file__).parents[2]
FEED = b'<rss version="2.0"><channel><item><title>a</title></item></channel></rss>'


def with_workers(body: Callable[[Workers], Awaitable[None]], count: int = 1) -> None:
    async def run() -> None:
        workers = Workers(count)
        try:
            await body(workers)
        finally:
            await workers.close()

    asyncio.run(run())


async def works(workers: Workers) -> None:
    parsed = await workers.run(parse_feed, FEED, "http://e.test/", None, timeout_s=5)
    assert [entry.title for entry in parsed.entries] == ["a"]


@pytest.mark.parametrize(
    ("function", "args", "reason"),
    [
        (time.sleep, (60,), "was stopped after 1 s"),
        (re.match, ("(a+)+$", "a" * 60 + "b"), "was stopped after 1 s"),  # holds the interpreter all the time
        (bytearray, (3 * 1024**3,), "ran out of memory"),
        (os._exit, (3,), "ended with code 3"),
        (os.abort, (), "ended by SIGABRT"),
        (int, ("x",), "failed inside: ValueError"),
        (os.system, ("true",), "may not do this: os.system"),
        (socket.create_connection, (("127.0.0.1", 9),), "may not do this: socket"),
        (Path.write_text, (Path("/dev/shm/news-monitor-test"), "x" * 10_000), "failed inside: OSError"),
    ],
)
def test_a_task_that_goes_wrong_is_named_and_the_next_works(
    function: Callable[..., object], args: tuple[object, ...], reason: str
) -> None:
    async def body(workers: Workers) -> None:
        await works(workers)
        began = time.perf_counter()
        with pytest.raises(WorkerError, match=re.escape(reason)):
            await workers.run(function, *args, timeout_s=1)
        assert time.perf_counter() - began < 4
        await works(workers)

    with_workers(body)
    Path("/dev/shm/news-monitor-test").unlink(missing_ok=True)


def test_an_error_of_ours_comes_through() -> None:
    async def body(workers: Workers) -> None:
        with pytest.raises(ParseError, match="is empty"):
            await workers.run(parse_feed, b"", "http://e.test/", None, timeout_s=5)

    with_workers(body)


def test_killed_workers_are_replaced_busy_or_idle() -> None:
    async def body(workers: Workers) -> None:
        for _ in range(5):
            os.kill(await workers.run(os.getpid, timeout_s=5), signal.SIGKILL)
            await works(workers)
        busy = asyncio.create_task(workers.run(time.sleep, 30, timeout_s=40))
        await asyncio.sleep(0)  # so that it is taken up first
        pid = await workers.run(os.getpid, timeout_s=5)
        os.kill(pid, signal.SIGKILL)
        await works(workers)
        busy.cancel()
        with pytest.raises(asyncio.CancelledError):
            await busy
        await works(workers)

    with_workers(body, count=2)


def test_many_calls_wait_for_their_turn() -> None:
    async def body(workers: Workers) -> None:
        found = await asyncio.gather(*(workers.run(int, str(number), timeout_s=5) for number in range(500)))
        assert found == list(range(500))

    with_workers(body, count=2)


def test_one_hung_task_does_not_hold_up_the_others() -> None:
    async def body(workers: Workers) -> None:
        await works(workers)
        hung = asyncio.create_task(workers.run(time.sleep, 60, timeout_s=2))
        began = time.perf_counter()
        for _ in range(20):
            await works(workers)
        assert time.perf_counter() - began < 1.5
        with pytest.raises(WorkerError):
            await hung

    with_workers(body, count=2)


def test_closing_is_quick_and_fails_what_still_runs() -> None:
    async def body(workers: Workers) -> None:
        await works(workers)
        calls = [asyncio.create_task(workers.run(time.sleep, 60, timeout_s=60)) for _ in range(5)]
        await asyncio.sleep(0)  # so that they wait
        began = time.perf_counter()
        await workers.close()
        assert time.perf_counter() - began < 2
        for failed in await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 2):
            assert isinstance(failed, WorkerError)
        with pytest.raises(WorkerError, match="closed"):
            await works(workers)

    with_workers(body, count=2)


PROGRAM = """
import asyncio, os, re, signal
from monitor.sources.workers import Workers

async def main():
    workers = Workers(2)
    first = await workers.run(os.getpid, timeout_s=30)
    calls = [asyncio.create_task(workers.run(re.match, "(a+)+$", "a" * 60 + "b", timeout_s=60)) for _ in range(2)]
    print(first, flush=True)
    await asyncio.wait(calls, timeout=1)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


def test_workers_end_with_the_program_even_if_it_is_killed() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    killed = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, timeout=60, check=False
    )  # returns once every process that inherited its output has ended
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    status = Path(f"/proc/{int(killed.stdout)}/status")  # may stand there as a zombie that nobody collects
    assert not status.exists() or "State:\tZ" in status.read_text()


def children() -> int:
    """Return how many worker processes live: children of this process's fork server."""
    server = forkserver._forkserver._forkserver_pid  # type: ignore[attr-defined]  # nothing public tells
    return sum(f"PPid:\t{server}\n" in status for status in map(read, Path("/proc").glob("[0-9]*/status")))


def read(status: Path) -> str:
    """Return the file's text, or nothing where the process has ended meanwhile."""
    with contextlib.suppress(OSError):
        return status.read_text()
    return ""


def test_workers_that_nobody_needs_end_and_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers_module, "IDLE_S", 0.3)

    async def body(workers: Workers) -> None:
        await asyncio.gather(works(workers), works(workers))
        assert children() >= 1
        until = time.monotonic() + 20
        while children():
            assert time.monotonic() < until, "idle workers live on"
            await asyncio.sleep(0.05)
        await works(workers)
        for _ in range(10):  # calls that come just as the workers are being ended
            await asyncio.sleep(0.3)
            await works(workers)

    with_workers(body, count=2)

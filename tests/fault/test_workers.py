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
from programs import ENVIRON

from monitor.errors import NoWorkerError, ParseError, WorkerError
from monitor.sources import workers as workers_module
from monitor.sources.parse import parse_feed
from monitor.sources.workers import Workers

SOON_S = 20  # a busy machine's "at once"; what hangs here hangs for a minute
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
    parsed = await workers.run(parse_feed, FEED, "http://e.test/", None, timeout_s=SOON_S)
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
        (Path.write_text, (Path("/dev/shm/news-monitor-test"), "x" * 10_000), "may not do this: open"),
    ],
)
def test_a_task_that_goes_wrong_is_named_and_the_next_works(
    function: Callable[..., object], args: tuple[object, ...], reason: str
) -> None:
    async def body(workers: Workers) -> None:
        await works(workers)
        with pytest.raises(WorkerError, match=re.escape(reason)):
            await asyncio.wait_for(workers.run(function, *args, timeout_s=1), SOON_S)
        await works(workers)

    with_workers(body)
    Path("/dev/shm/news-monitor-test").unlink(missing_ok=True)


def test_an_error_of_ours_comes_through() -> None:
    async def body(workers: Workers) -> None:
        with pytest.raises(ParseError, match="is empty"):
            await workers.run(parse_feed, b"", "http://e.test/", None, timeout_s=SOON_S)

    with_workers(body)


def test_killed_workers_are_replaced_busy_or_idle() -> None:
    async def body(workers: Workers) -> None:
        for _ in range(5):
            os.kill(await workers.run(os.getpid, timeout_s=SOON_S), signal.SIGKILL)
            await works(workers)
        busy = asyncio.create_task(workers.run(time.sleep, 30, timeout_s=40))
        await asyncio.sleep(0)  # so that it is taken up first
        pid = await workers.run(os.getpid, timeout_s=SOON_S)
        os.kill(pid, signal.SIGKILL)
        await works(workers)
        busy.cancel()
        with pytest.raises(asyncio.CancelledError):
            await busy
        await works(workers)

    with_workers(body, count=2)


def test_many_calls_wait_for_their_turn() -> None:
    async def body(workers: Workers) -> None:
        found = await asyncio.gather(*(workers.run(int, str(number), timeout_s=SOON_S) for number in range(500)))
        assert found == list(range(500))

    with_workers(body, count=2)


def test_what_waits_for_a_worker_is_counted() -> None:
    async def body(workers: Workers) -> None:
        calls = [asyncio.create_task(workers.run(time.sleep, 0.2, timeout_s=SOON_S)) for _ in range(3)]
        await asyncio.sleep(0)
        assert workers.backlog == 2
        await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.sleep(0)
        assert workers.backlog == 1
        await asyncio.gather(*calls)
        assert workers.backlog == 0
        async with workers.hunt():
            other = asyncio.create_task(workers.hunt().__aenter__())
            await asyncio.sleep(0)
            assert workers.backlog == 1
            other.cancel()
            await asyncio.wait({other})
        assert workers.backlog == 0

    with_workers(body)


def test_workers_that_cannot_read_are_no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether they fail or read wrongly: what they were asked for is not to blame."""

    async def body(workers: Workers) -> None:
        with pytest.raises(NoWorkerError, match="was to read a known page failed inside"):
            await works(workers)
        monkeypatch.undo()
        monkeypatch.setattr(workers_module, "_CANARY_PAGE", b"<p>Nothing.</p>")
        with pytest.raises(NoWorkerError, match="does not read what it must"):
            await works(workers)
        monkeypatch.undo()
        await works(workers)

    monkeypatch.setattr(workers_module, "_CANARY_FEED", None)
    with_workers(body)


async def pid_of(workers: Workers) -> int:
    return await workers.run(os.getpid, timeout_s=SOON_S)


def test_a_worker_that_holds_much_is_replaced_and_its_memory_is_back() -> None:
    """Whether the call that left it there went well or not."""
    bloat = "import sys; sys.kept = b'x' * (400 << 20); "

    async def body(workers: Workers) -> None:
        for ending in ("pass", "raise ValueError"):
            pid = await pid_of(workers)
            assert await pid_of(workers) == pid
            with contextlib.suppress(WorkerError):
                await workers.run(exec, bloat + ending, timeout_s=SOON_S)
            assert await pid_of(workers) != pid
            until = time.monotonic() + SOON_S
            while "VmRSS" in read(Path(f"/proc/{pid}/status")):
                assert time.monotonic() < until, "its memory is held for good"
                await asyncio.sleep(0.05)

    with_workers(body)


def test_a_worker_that_gave_its_memory_back_is_kept() -> None:
    async def body(workers: Workers) -> None:
        pid = await pid_of(workers)
        await workers.run(exec, "len(b'x' * (400 << 20))", timeout_s=SOON_S)
        assert await pid_of(workers) == pid

    with_workers(body)


def test_one_hung_task_does_not_hold_up_the_others() -> None:
    async def body(workers: Workers) -> None:
        await works(workers)
        hung = asyncio.create_task(workers.run(time.sleep, 60, timeout_s=60))
        for _ in range(20):
            await works(workers)
        assert not hung.done()
        hung.cancel()

    with_workers(body, count=2)


def test_closing_is_quick_and_fails_what_still_runs() -> None:
    async def body(workers: Workers) -> None:
        await works(workers)
        calls = [asyncio.create_task(workers.run(time.sleep, 60, timeout_s=60)) for _ in range(5)]
        await asyncio.sleep(0)  # so that they wait
        await asyncio.wait_for(workers.close(), SOON_S)
        for failed in await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), SOON_S):
            assert isinstance(failed, NoWorkerError)
        with pytest.raises(NoWorkerError, match="closed"):
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
    killed = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=ENVIRON, capture_output=True, text=True, timeout=60, check=False
    )  # returns once every process that inherited its output has ended
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    pid = int(killed.stdout.split()[-1])  # the last word; the log's come before it
    status = Path(f"/proc/{pid}/status")  # may stand there as a zombie that nobody collects
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
    monkeypatch.setattr(workers_module, "IDLE_S", 0.1)

    async def body(workers: Workers) -> None:
        await asyncio.gather(works(workers), works(workers))
        assert children() >= 1
        until = time.monotonic() + SOON_S
        while children():
            assert time.monotonic() < until, "idle workers live on"
            await asyncio.sleep(0.05)
        await works(workers)
        for _ in range(10):  # calls that come just as the workers are being ended
            await asyncio.sleep(0.1)
            await works(workers)

    with_workers(body, count=2)

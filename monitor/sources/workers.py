"""Workers: processes in which bytes from outside are parsed, and which can be killed.

In:  a function of parse.py or extract.py with its arguments, a time limit.
Out: its result; WorkerError where the process was killed, ran out of memory or died.
Not here: what is parsed (parse.py, extract.py), what a failure means for a feed (pipeline/).

A thread cannot be stopped in the middle of a regular expression; a process can. Each worker has little memory, no files
to write, no sockets, and ends with the program, however that ends.
"""

import asyncio
import contextlib
import fcntl
import math
import multiprocessing
import multiprocessing.process
import resource
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, TypeVar

from pebble import CONSTS, ProcessExpired, ProcessPool

from monitor.errors import MonitorError, NoWorkerError, WorkerError
from monitor.model.article import Page
from monitor.model.feed import FeedMemory, ParsedFeed
from monitor.sources.jobs import extract_page, parse_feed

MAX_MEMORY_BYTES: Final = 1536 * 1024 * 1024
MAX_FILES: Final = 64
MAX_TASKS: Final = 2_000  # then a fresh process: what a library leaks or keeps does not pile up
CANARY_TIMEOUT_S: Final = 20.0
IDLE_S: Final = 60.0  # then workers end: a new one costs 0.06 s of CPU, an idle one 0.0015 s a second
START_GRACE_S: Final = 5.0  # for a worker to start and to be killed: 0.25 s and 0.1 s on a quiet machine
ATTEMPTS: Final = 3  # to have a call taken up, each by a fresh worker
CONSTS.sleep_unit = 0.5  # between a pool's looks at its clock: a look costs 0.1 ms of CPU, and idle workers look, too
_FORBIDDEN: Final = frozenset(
    {
        "socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname",
        "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty", "urllib.Request",
    }
)  # fmt: skip

_T = TypeVar("_T")

_CANARY_FEED: Final = (
    b'<?xml version="1.0"?><rss version="2.0"><channel><title>Canary</title><item><title>The canary sings</title>'
    b"<link>/1</link><guid>1</guid><description>&lt;p&gt;It lives.&lt;/p&gt;</description></item></channel></rss>"
)
_CANARY_SENTENCE: Final = "The canary in the mine was heard to sing this morning, and the miners went to work as ever. "
_CANARY_PAGE: Final = (
    b"<html><head><title>The canary sings</title></head><body><article><h1>The canary sings today</h1>"
    + b"".join(b"<p>%d. %s</p>" % (number, _CANARY_SENTENCE.encode() * 2) for number in range(4))
    + b"</article></body></html>"
)


@dataclass(slots=True, eq=False)
class _Slot:
    """Room for one worker, with a pool of its own.

    Workers of one pool share a lock: one that is killed while it holds that lock would stop them all.
    """

    pool: ProcessPool | None = None


class _NotTakenError(Exception):
    """No worker took the call up; it may be given to another one."""


class Workers:
    """Runs functions in at most `count` worker processes, started when first needed.

    Any number of calls may wait at once; a call's time limit begins when a worker takes it up.
    Before the first call, one worker must read a known feed and a known page and give the known answer.
    """

    def __init__(self, count: int = 2) -> None:
        self._slots = tuple(_Slot() for _ in range(count))
        self._free: asyncio.LifoQueue[_Slot] = asyncio.LifoQueue()  # the warm one first
        for slot in self._slots:
            self._free.put_nowait(slot)
        self._calls: set[asyncio.Future[Any]] = set()
        self._canary: asyncio.Task[None] | None = None
        self._is_closed = False
        self._used_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._retiring: asyncio.Task[None] | None = None
        self._hunt = asyncio.Lock()
        self.backlog = 0  # calls that wait for a worker, and hunts that wait for their turn

    async def run(self, function: Callable[..., _T], *args: object, timeout_s: float) -> _T:
        """Return what the function returns, run in a worker.

        function: importable by name; arguments and result can be pickled.
        Raises WorkerError: over the time limit, out of memory, killed, an unforeseen exception inside; NoWorkerError:
        none could be started, proved that it can read, or was left when the workers were closed.
        Errors of this program (MonitorError) that the function raises come through as they are.
        """
        await self._queued(self._prove())
        return await self._run(function, args, timeout_s)

    @contextlib.asynccontextmanager
    async def hunt(self) -> AsyncIterator[None]:
        """Wait until nobody else hunts for what kills workers (quarantine.py): that leaves a worker for the others."""
        await self._queued(self._hunt.acquire())
        try:
            yield
        finally:
            self._hunt.release()

    async def close(self) -> None:
        """Stop all workers at once; calls that still run or wait fail with a WorkerError."""
        self._is_closed = True
        if self._timer is not None:
            self._timer.cancel()
        if self._retiring is not None:
            await asyncio.wait({self._retiring})
        await asyncio.gather(*(_empty(slot) for slot in self._slots))
        for call in self._calls.copy():  # a pool that stops may forget what it was asked
            call.cancel()
        if self._canary is not None:
            await asyncio.wait({self._canary})

    async def _prove(self) -> None:
        if self._canary is None or (self._canary.done() and _has_failed(self._canary)):
            self._canary = asyncio.create_task(self._sing())
        await asyncio.shield(self._canary)

    async def _sing(self) -> None:
        try:
            feed = await self._run(
                parse_feed, (_CANARY_FEED, "https://example.org/feed", None, FeedMemory()), CANARY_TIMEOUT_S
            )
            page = await self._run(extract_page, (_CANARY_PAGE, None), CANARY_TIMEOUT_S)
        except NoWorkerError:
            raise
        except WorkerError as exc:
            raise NoWorkerError(f"a worker that was to read a known page {exc}") from exc
        if not _is_known_feed(feed) or not _is_known_page(page):
            raise NoWorkerError("a worker does not read what it must be able to read; its libraries may be damaged")

    async def _run(self, function: Callable[..., _T], args: tuple[object, ...], timeout_s: float) -> _T:
        slot = await self._queued(self._free.get())
        try:
            for _ in range(ATTEMPTS):
                with contextlib.suppress(_NotTakenError):
                    return await self._attempt(slot, function, args, timeout_s)
                await _empty(slot)
        finally:
            self._free.put_nowait(slot)
            self._used()
        raise NoWorkerError("no worker process could be started")

    async def _queued(self, turn: Awaitable[_T]) -> _T:
        """Return what was waited for, and count the wait."""
        self.backlog += 1
        try:
            return await turn
        finally:
            self.backlog -= 1

    def _used(self) -> None:
        """Note that a worker was used, and see to it that idle ones end."""
        loop = asyncio.get_running_loop()
        self._used_at = loop.time()
        if self._timer is None and not self._is_closed:
            self._timer = loop.call_later(IDLE_S, self._retire)

    def _retire(self) -> None:
        """End all workers once none has been used for a while; whoever needs one meanwhile starts it anew."""
        loop = asyncio.get_running_loop()
        left_s = IDLE_S if self._free.qsize() < len(self._slots) else self._used_at + IDLE_S - loop.time()
        self._timer = loop.call_later(left_s, self._retire) if left_s > 0 else None
        if self._timer is None:
            idle = [slot.pool for slot in self._slots if slot.pool is not None]
            for slot in self._slots:
                slot.pool = None  # here and now: whoever comes next must not be given a pool that is being stopped
            self._retiring = loop.create_task(_stop_all(idle))

    async def _attempt(
        self, slot: _Slot, function: Callable[..., _T], args: tuple[object, ...], timeout_s: float
    ) -> _T:
        try:
            return await self._call(slot, function, args, timeout_s)
        except TimeoutError as exc:
            raise WorkerError(f"was stopped after {timeout_s:g} s") from exc
        except ProcessExpired as exc:
            raise WorkerError(_ending(exc.exitcode)) from exc
        except (MonitorError, _NotTakenError):
            raise
        except asyncio.CancelledError:
            if _is_called_off():
                raise
            raise NoWorkerError("the workers were closed") from None
        except Exception as exc:  # whatever a parser raises stops at this wall, by name
            raise _unforeseen(exc) from exc

    async def _call(self, slot: _Slot, function: Callable[..., _T], args: tuple[object, ...], timeout_s: float) -> _T:
        if self._is_closed:
            raise NoWorkerError("the workers were closed")
        if slot.pool is None:
            slot.pool = ProcessPool(max_workers=1, max_tasks=MAX_TASKS, initializer=_enter, context=_context())
        try:
            future = slot.pool.schedule(_bounded, args=(function, args, timeout_s), timeout=timeout_s)
        except RuntimeError as exc:  # the pool broke since its last call
            raise _NotTakenError from exc
        call: asyncio.Future[_T] = asyncio.wrap_future(future)
        self._calls.add(call)
        try:
            done, _ = await asyncio.wait({call}, timeout=timeout_s + START_GRACE_S)
            if done:
                return call.result()
            was_taken = future.running()
            await _empty(slot)
        except BrokenProcessPool as exc:
            raise _NotTakenError from exc
        finally:
            self._calls.discard(call)
            call.cancel()
        raise TimeoutError if was_taken else _NotTakenError


async def _empty(slot: _Slot) -> None:
    """Stop the slot's worker and forget its pool."""
    pool, slot.pool = slot.pool, None
    if pool is not None:
        await asyncio.to_thread(_stop, pool)


async def _stop_all(pools: Sequence[ProcessPool]) -> None:
    await asyncio.gather(*(asyncio.to_thread(_stop, pool) for pool in pools))


def _context() -> Any:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["monitor.sources.warm"])  # a new worker is a fork, not 0.5 s of imports
    return context


def _stop(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    with contextlib.suppress(TimeoutError):
        pool.join(timeout=2)


def _is_called_off() -> bool:
    """Return whether it is the caller that was cancelled, not only the call."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _has_failed(task: asyncio.Task[None]) -> bool:
    return task.cancelled() or task.exception() is not None


def _unforeseen(exc: BaseException) -> WorkerError:
    if isinstance(exc, MemoryError):
        return WorkerError("ran out of memory")
    return WorkerError(f"failed inside: {type(exc).__name__}: {str(exc)[:200]}")


def _ending(exit_code: int) -> str:
    if exit_code in (-signal.SIGXCPU, -signal.SIGKILL, -signal.SIGSEGV, -signal.SIGABRT):
        return f"its process ended by {signal.Signals(-exit_code).name}"
    return f"its process ended with code {exit_code}"


def _is_known_feed(feed: ParsedFeed) -> bool:
    return [(entry.guid, entry.title, entry.url, entry.summary) for entry in feed.entries] == [
        ("1", "The canary sings", "https://example.org/1", "It lives.")
    ]


def _is_known_page(page: Page) -> bool:
    return page.title == "The canary sings today" and page.text.count(_CANARY_SENTENCE.strip()) >= 4


# What follows runs inside a worker.


def _enter() -> None:
    """Make this process a worker: ends with the program, has little, reaches nothing, and is warm."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _end_with_parent()
    for limit, value in (
        (resource.RLIMIT_AS, MAX_MEMORY_BYTES),
        (resource.RLIMIT_NOFILE, MAX_FILES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(limit)
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (most, most))
    import_module("monitor.sources.warm")  # already there, unless the fork server could not load it
    sys.addaudithook(_refuse)


def _end_with_parent() -> None:
    # The parent of this process is the fork server, which outlives the program as long as workers live. The program's
    # own end shows on a pipe; the kernel is asked to kill this process then, even in the middle of a C function.
    parent = multiprocessing.process.parent_process()
    if parent is None:
        return
    pipe = int(parent.sentinel)
    fcntl.fcntl(pipe, fcntl.F_SETOWN, multiprocessing.current_process().pid or 0)
    fcntl.fcntl(pipe, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | fcntl.FASYNC)
    if not parent.is_alive():
        signal.raise_signal(signal.SIGKILL)


def _refuse(event: str, _: tuple[object, ...]) -> None:
    if event in _FORBIDDEN:
        raise PermissionError(f"a worker may not do this: {event}")


def _bounded(function: Callable[..., _T], args: tuple[object, ...], timeout_s: float) -> _T:
    """Run the function with a limit on CPU time as well: the kernel keeps it even where nobody watches the clock."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = math.ceil(used.ru_utime + used.ru_stime + timeout_s) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
    return function(*args)

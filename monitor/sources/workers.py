"""Workers: processes in which bytes from outside are parsed, and which can be killed.

In:  a function of parse.py or extract.py with its arguments, a time limit.
Out: its result; WorkerError where the process was killed, ran out of memory or died.
Not here: what is parsed (parse.py, extract.py), the walls around it (sandbox.py), what a failure means for a feed
(pipeline/).

A thread cannot be stopped in the middle of a regular expression; a process can. Each worker has little memory, no
files, no sockets, and ends with the program, however that ends. Before its first call it must read a known feed and a
known page from inside its walls and give the known answer: a reader that fails there looks like one that found nothing.
"""

import asyncio
import contextlib
import fcntl
import math
import multiprocessing
import multiprocessing.process
import os
import resource
import signal
import sys
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import Any, Final, TypeVar, cast

import structlog
from pebble import CONSTS, ProcessExpired, ProcessPool

from monitor.errors import MonitorError, NoWorkerError, WorkerError
from monitor.model.article import Page
from monitor.model.feed import FeedMemory, ParsedFeed
from monitor.sources import sandbox
from monitor.sources.jobs import extract_page, parse_feed
from monitor.sources.sandbox import Level

MAX_MEMORY_BYTES: Final = 1536 * 1024 * 1024
MAX_KEPT_BYTES: Final = 300 * 1024 * 1024  # after a call: docs/decisions/0009-sandbox.md has what pages leave behind
MAX_FILES: Final = 64
MAX_TASKS: Final = 2_000  # then a fresh process: what a library leaks or keeps does not pile up
IDLE_S: Final = 60.0  # then workers end: a new one costs 0.06 s of CPU, an idle one 0.0015 s a second
START_GRACE_S: Final = 5.0  # for a worker to start and to be killed: 0.25 s and 0.1 s on a quiet machine
ATTEMPTS: Final = 3  # to have a call taken up, each by a fresh worker
CONSTS.sleep_unit = 0.5  # between a pool's looks at its clock: a look costs 0.1 ms of CPU, and idle workers look, too
_FORBIDDEN: Final = frozenset(
    {
        "socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname",
        "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty", "urllib.Request",
        "open", "os.listdir", "os.scandir", "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink",
    }
)  # fmt: skip

log = structlog.get_logger()

_T = TypeVar("_T")

_CANARY_FEED: Final = (
    b'<?xml version="1.0"?><rss version="2.0"><channel><title>Canary</title><item><title>The canary sings</title>'
    b"<link>/1</link><guid>1</guid><description>&lt;p&gt;It lives.&lt;/p&gt;</description></item></channel></rss>"
)
_CANARY_SENTENCE: Final = "The canary in the mine was heard to sing this morning, and the miners went to work as ever. "
_CANARY_FOREIGN: Final = "Канарейка в шахте пела и сегодня, и горняки пошли на работу."  # takes a codec to read
_CANARY_PAGE: Final = (
    '<html><head><meta charset="windows-1251"><title>The canary sings</title></head><body><article>'
    f"<h1>The canary sings today</h1>{''.join(f'<p>{n}. {_CANARY_SENTENCE * 2}</p>' for n in range(4))}"
    f"<p>{_CANARY_FOREIGN}</p></article></body></html>"
).encode("windows-1251")


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came of a call, and how its worker stands after it."""

    value: Any
    error: MonitorError | None
    level: Level
    kept_bytes: int


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
    """

    def __init__(self, count: int = 2) -> None:
        self._slots = tuple(_Slot() for _ in range(count))
        self._free: asyncio.LifoQueue[_Slot] = asyncio.LifoQueue()  # the warm one first
        for slot in self._slots:
            self._free.put_nowait(slot)
        self._calls: set[asyncio.Future[Any]] = set()
        self._is_closed = False
        self._used_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._endings: set[asyncio.Task[None]] = set()
        self._hunt = asyncio.Lock()
        self.backlog = 0  # calls that wait for a worker, and hunts that wait for their turn
        self.level: Level | None = None  # that the last worker reached; None before any has answered

    async def run(self, function: Callable[..., _T], *args: object, timeout_s: float) -> _T:
        """Return what the function returns, run in a worker.

        function: importable by name; arguments and result can be pickled.
        Raises WorkerError: over the time limit, out of memory, killed, an unforeseen exception inside; NoWorkerError:
        none could be started, proved that it can read, or was left when the workers were closed.
        Errors of this program (MonitorError) that the function raises come through as they are.
        """
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
        await asyncio.gather(*self._endings, *(_empty(slot) for slot in self._slots))
        for call in self._calls.copy():  # a pool that stops may forget what it was asked
            call.cancel()

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
            for slot in self._slots:
                self._end(slot)

    def _end(self, slot: _Slot) -> None:
        """Stop the slot's worker by and by, and forget its pool here and now: whoever comes next gets another one."""
        pool, slot.pool = slot.pool, None
        if pool is not None:
            ending = asyncio.create_task(asyncio.to_thread(_stop, pool))
            self._endings.add(ending)
            ending.add_done_callback(self._endings.discard)

    async def _attempt(
        self, slot: _Slot, function: Callable[..., _T], args: tuple[object, ...], timeout_s: float
    ) -> _T:
        try:
            return cast(_T, self._value(await self._call(slot, function, args, timeout_s), slot))
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
        except Exception as exc:  # what cannot be sent to a worker or back
            raise _unforeseen(exc) from exc

    def _value(self, answer: _Answer, slot: _Slot) -> Any:
        """Return what the function returned or raise what it raised; end a worker that is not to be used again."""
        if answer.level != self.level:
            self.level = answer.level
            say = log.info if all(answer.level.walls().values()) else log.warning
            say("worker_confined", **answer.level.walls(), **asdict(answer.level))
        if answer.kept_bytes > MAX_KEPT_BYTES or isinstance(answer.error, NoWorkerError):
            self._end(slot)
        if answer.error is not None:
            raise answer.error
        return answer.value

    async def _call(
        self, slot: _Slot, function: Callable[..., object], args: tuple[object, ...], timeout_s: float
    ) -> _Answer:
        if self._is_closed:
            raise NoWorkerError("the workers were closed")
        if slot.pool is None:
            slot.pool = ProcessPool(
                max_workers=1,
                max_tasks=MAX_TASKS,
                initializer=_enter,
                initargs=(_CANARY_FEED, _CANARY_PAGE),
                context=_context(),
            )
        try:
            future = slot.pool.schedule(_bounded, args=(function, args, timeout_s), timeout=timeout_s)
        except RuntimeError as exc:  # the pool broke since its last call
            raise _NotTakenError from exc
        call: asyncio.Future[_Answer] = asyncio.wrap_future(future)
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


def _unforeseen(exc: BaseException) -> WorkerError:
    if isinstance(exc, MemoryError):
        return WorkerError("ran out of memory")
    return WorkerError(f"failed inside: {type(exc).__name__}: {str(exc)[:200]}")


def _ending(exit_code: int) -> str:
    if exit_code in (-signal.SIGXCPU, -signal.SIGKILL, -signal.SIGSEGV, -signal.SIGABRT):
        return f"its process ended by {signal.Signals(-exit_code).name}"
    return f"its process ended with code {exit_code}"


# What follows runs inside a worker.


_OPEN: Final = Level(landlock=0, seccomp=False)


@dataclass(slots=True)
class _Self:
    """What a worker knows of itself."""

    level: Level = _OPEN
    fault: str = ""  # why nothing may be read here
    memory: int = -1  # a file that tells how much it holds; behind the walls none can be opened


_self: Final = _Self()


def _enter(feed: bytes, page: bytes) -> None:
    """Make this process a worker: ends with the program, has little, reaches nothing, is warm, and has proved it.

    feed, page: what it must read rightly from inside.
    """
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
    with contextlib.suppress(OSError):  # no /proc: then workers are not weighed
        _self.memory = os.open("/proc/self/statm", os.O_RDONLY)
    sys.addaudithook(_refuse)
    _self.level = sandbox.enter()
    error = _tried(_prove, (feed, page)).error
    if error is not None:
        is_said = isinstance(error, NoWorkerError)
        _self.fault = str(error) if is_said else f"a worker that was to read a known page {error}"


def _prove(feed: bytes, page: bytes) -> None:
    """Read what is known. Raises NoWorkerError: what came of it is not what stands there."""
    parsed = parse_feed(feed, "https://example.org/feed", None, FeedMemory())
    if not (_is_known_feed(parsed) and _is_known_page(extract_page(page, None))):
        raise NoWorkerError(
            "a worker does not read what it must be able to read: "
            "its libraries are damaged, or look for a file that its walls keep out"
        )


def _is_known_feed(feed: ParsedFeed) -> bool:
    return [(entry.guid, entry.title, entry.url, entry.summary) for entry in feed.entries] == [
        ("1", "The canary sings", "https://example.org/1", "It lives.")
    ]


def _is_known_page(page: Page) -> bool:
    known = _CANARY_SENTENCE.strip()
    return page.title == "The canary sings today" and page.text.count(known) >= 4 and _CANARY_FOREIGN in page.text


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


def _bounded(function: Callable[..., object], args: tuple[object, ...], timeout_s: float) -> _Answer:
    """Run the function with a limit on CPU time as well: the kernel keeps it even where nobody watches the clock."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = math.ceil(used.ru_utime + used.ru_stime + timeout_s) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
    return _tried(function, args)


def _tried(function: Callable[..., object], args: tuple[object, ...]) -> _Answer:
    value: object = None
    error: MonitorError | None = None
    try:
        if _self.fault:
            raise NoWorkerError(_self.fault)
        value = function(*args)
    except MonitorError as exc:
        error = exc
    except Exception as exc:  # noqa: BLE001 (goes back by name: whatever a parser raises stops at this wall)
        error = _unforeseen(exc)
        error.add_note(traceback.format_exc())
    return _Answer(value=value, error=error, level=_self.level, kept_bytes=_kept_bytes())


def _kept_bytes() -> int:
    """Return how much memory this process holds, what it shares included; 0 where that cannot be known."""
    return int(os.pread(_self.memory, 100, 0).split()[1]) * resource.getpagesize() if _self.memory >= 0 else 0

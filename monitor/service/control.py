"""Control: how a command speaks to the daemon that holds a state folder.

In:  requests as JSON objects, one a line, over a unix socket in the state folder: {"do": "reload"}.
Out: answers in the same form: {"ok": true, …} or {"ok": false, "error": "a sentence"}.
Not here: what a request does (daemon.py); who may ask (the socket's mode: this user and root).
"""

import asyncio
import contextlib
import json
import os
import socket
import stat
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

import structlog

from monitor.errors import MonitorError

if TYPE_CHECKING:
    from monitor.model.feed import Feed
    from monitor.model.watch import KnownText, Told
    from monitor.pipeline.knowledge import Added, AllAcknowledged, Removed
    from monitor.pipeline.orders import Expired, Resent, Silenced
    from monitor.pipeline.shelf import Merged, Split
    from monitor.sources.sandbox import Level

SOCKET_NAME: Final = "control.sock"
MAX_BYTES: Final = 1024 * 1024  # of a request or an answer; 100,000 characters of any script fit, as JSON escapes them
REQUEST_S: Final = 5.0  # for a request to arrive, and for an answer to be taken
ANSWER_S: Final = 60.0  # for the work between them: a file with 10,000 feeds is read in 3 s
MAX_TALKS: Final = 16  # at once
MAX_PATH_BYTES: Final = 107  # what sockaddr_un holds, without its last zero (unix(7))

Talk = dict[str, Any]  # one request or answer, as JSON has it
Handler = Callable[[Talk], Awaitable[Talk]]

log = structlog.get_logger()


class ControlError(MonitorError):
    """The daemon is there and could not be spoken to, or gave no answer."""


class Control:
    """Listens in the state folder while the `async with` lasts; its holder holds the state's lock."""

    def __init__(self, state: Path, handlers: Mapping[str, Handler]) -> None:
        self._state = state
        self._handlers = handlers
        self._talks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._inode = 0

    async def __aenter__(self) -> Self:
        door = _listen(self._state)
        self._inode = (self._state / SOCKET_NAME).stat().st_ino
        self._server = await asyncio.start_unix_server(self._met, sock=door, limit=MAX_BYTES)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        path = self._state / SOCKET_NAME
        with contextlib.suppress(OSError):  # the folder may be gone, and the socket another daemon's
            if path.stat().st_ino == self._inode:
                path.unlink()
        if self._server is not None:
            self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._talks) >= MAX_TALKS:
            writer.close()
            return
        self._talks.add(task)
        try:
            with contextlib.suppress(OSError, TimeoutError, asyncio.CancelledError):
                await self._talk(reader, writer)
        finally:
            self._talks.discard(task)
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                async with asyncio.timeout(REQUEST_S):
                    line = await reader.readline()
            except ValueError:  # asyncio's word for a line over the limit
                await _say(writer, _refusal(f"a request has at most {MAX_BYTES:,} bytes"))
                return
            if not line.endswith(b"\n"):
                return
            await _say(writer, await self._answer(line))

    async def _answer(self, line: bytes) -> Talk:
        try:
            request = json.loads(line)
        except (ValueError, RecursionError):
            request = None
        if not isinstance(request, dict):
            return _refusal("a request is one JSON object on one line")
        verb = request.get("do")
        handler = self._handlers.get(verb) if isinstance(verb, str) else None
        if handler is None:
            return _refusal(f"does not know {str(verb)[:40]!r}; it knows: {', '.join(sorted(self._handlers))}")
        try:
            return {"ok": True} | await handler(request)
        except MonitorError as exc:
            return _refusal(str(exc))
        except Exception as exc:  # a fault of ours in one request ends neither the daemon nor the talk
            log.exception("control_failed", verb=verb)
            return _refusal(f"unforeseen {type(exc).__name__}; the daemon's log shows where")


def reloading(path: Path, *, state: str | None, follow: "Callable[[Sequence[Feed]], Awaitable[None]]") -> Handler:
    """Return the handler of `reload`: the daemon follows the feeds that the file at `path` lists now.

    state: as the daemon's own command line named it, if it did.
    follow: takes the feeds over. A file with problems changes nothing; they are the answer.
    """
    from monitor.config.load import load_config  # late: who only asks needs no pydantic

    turn = asyncio.Lock()  # two at once could end with what the file said before

    async def reload(request: Talk) -> Talk:
        asked, own = request.get("file"), await asyncio.to_thread(os.path.realpath, path)
        if asked is not None and asked != own:
            raise ControlError(f"the daemon that uses this state follows {own}")
        async with turn:
            config = await asyncio.to_thread(load_config, path, state=state)
            await follow(config.feeds)
        log.info("feeds_reloaded", feeds=len(config.feeds))
        return {"feeds": len(config.feeds)}

    return reload


def telling_confinement(level: "Callable[[], Level | None]") -> Handler:
    """Return the handler of `confinement`: what the kernel keeps the daemon's workers from; null before one ran."""

    async def tell(_: Talk) -> Talk:
        reached = level()
        return {"level": None if reached is None else asdict(reached)}

    return tell


def shelving(
    merge: "Callable[[str, str], Awaitable[Merged]]", split: "Callable[[str, Sequence[str]], Awaitable[Split]]"
) -> dict[str, Handler]:
    """Return the handlers of `story_merge` and `story_split`, which answer with what the stories are afterwards."""

    async def merged(request: Talk) -> Talk:
        return asdict(await merge(_word(request.get("story")), _word(request.get("into"))))

    async def parted(request: Talk) -> Talk:
        entries = request.get("entries")
        if not isinstance(entries, list):
            raise ControlError("entries are a list of words")
        return asdict(await split(_word(request.get("story")), [_word(each) for each in entries]))

    return {"story_merge": merged, "story_split": parted}


def _word(given: object) -> str:
    if not isinstance(given, str):
        raise ControlError("what is named is named by words")
    return given


def learning(
    add: "Callable[[Told, Sequence[KnownText], str | None], Awaitable[Added]]",
    remove: "Callable[[Told, str], Awaitable[Removed]]",
    acknowledge: "Callable[[Sequence[str], str], Awaitable[AllAcknowledged]]",
) -> dict[str, Handler]:
    """Return the handlers of `knowledge_add`, `knowledge_rm` and `ack`, which answer with what came of it."""
    from monitor.model.watch import KnownText, Told

    def known(given: object) -> KnownText:
        try:
            row = dict(given)  # type: ignore[call-overload]
            day = row.pop("date")
            return KnownText(
                **{key: _word(word) for key, word in row.items()}, date=day and datetime.fromisoformat(day)
            )
        except (KeyError, TypeError, ValueError) as exc:
            raise ControlError("a text has a source, a title, a text, a language, a date and an outlet") from exc

    def kind_of(request: Talk) -> Told:
        if request.get("kind") not in list(Told):
            raise ControlError(f"the kind is one of {', '.join(Told)}")
        return Told(request["kind"])

    async def added(request: Talk) -> Talk:
        texts, watch = request.get("texts"), request.get("watch")
        if not isinstance(texts, list):
            raise ControlError("texts are a list")
        return asdict(
            await add(kind_of(request), [known(each) for each in texts], None if watch is None else _word(watch))
        )

    async def removed(request: Talk) -> Talk:
        return asdict(await remove(kind_of(request), _word(request.get("id"))))

    async def acked(request: Talk) -> Talk:
        refs = request.get("alerts")
        if not isinstance(refs, list):
            raise ControlError("alerts are a list of words")
        return asdict(await acknowledge([_word(each) for each in refs], _word(request.get("note"))))

    return {"knowledge_add": added, "knowledge_rm": removed, "ack": acked}


def ordering(
    silence: "Callable[..., Awaitable[Silenced]]",
    expire: "Callable[[str], Awaitable[Expired]]",
    resend: "Callable[..., Awaitable[Resent]]",
) -> dict[str, Handler]:
    """Return the handlers of `silence_add`, `silence_expire` and `resend`, which answer with what came of it."""

    async def silenced(request: Talk) -> Talk:
        covers = {key: _word(request.get(key)) for key in ("watch", "story", "feed", "outlet", "note")}
        try:
            until = datetime.fromisoformat(_word(request.get("until")))
        except ValueError as exc:
            raise ControlError("a silence ends at a moment, in ISO 8601") from exc
        if until.tzinfo is None:
            raise ControlError("a silence ends at a moment with its offset from UTC")
        return asdict(await silence(until=until, **covers))

    async def expired(request: Talk) -> Talk:
        return asdict(await expire(_word(request.get("id"))))

    async def resent(request: Talk) -> Talk:
        channels = request.get("channels")
        if not isinstance(channels, list):
            raise ControlError("channels are a list of words")
        words, is_urgent = [_word(each) for each in channels], request.get("now") is True
        return asdict(await resend(_word(request.get("alert")), words, is_urgent=is_urgent))

    return {"silence_add": silenced, "silence_expire": expired, "resend": resent}


def ask(state: Path, request: Talk, *, patience_s: float = ANSWER_S) -> Talk | None:
    """Return the answer of the daemon that holds the state folder, or None where none listens there.

    patience_s: how long to wait for the work that the answer takes.
    Raises ControlError: it may not be spoken to, or does not answer.
    """
    try:
        with _reachable(state) as address, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(REQUEST_S)
            line.connect(address)
            line.sendall(json.dumps(request).encode() + b"\n")
            line.settimeout(patience_s)
            return _read_answer(line)
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
        return None
    except TimeoutError as exc:
        raise ControlError(f"{state}: the daemon does not answer") from exc
    except (OSError, ValueError) as exc:
        said = (getattr(exc, "strerror", None) or str(exc)).lower()
        raise ControlError(f"{state}: the daemon cannot be spoken to: {said}") from exc


def _read_answer(line: socket.socket) -> Talk:
    held = b""
    while not held.endswith(b"\n"):
        piece = line.recv(MAX_BYTES)
        held += piece
        if not piece or len(held) > MAX_BYTES:
            raise ValueError("it broke off")
    answer = json.loads(held)
    if not isinstance(answer, dict):
        raise ValueError("its answer makes no sense")
    return answer


def _refusal(sentence: str) -> Talk:
    return {"ok": False, "error": sentence}


async def _say(writer: asyncio.StreamWriter, answer: Talk) -> None:
    line = json.dumps(answer).encode() + b"\n"
    writer.write(line if len(line) <= MAX_BYTES else json.dumps(_refusal("the answer is too long")).encode() + b"\n")
    async with asyncio.timeout(REQUEST_S):
        await writer.drain()


def _listen(state: Path) -> socket.socket:
    """Return a socket that listens in the state folder, in the place of what a killed daemon left there."""
    path = state / SOCKET_NAME
    if path.exists() and not stat.S_ISSOCK(path.stat().st_mode):
        raise ControlError(f"{path} is no socket; take it away")
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    made = f"{SOCKET_NAME}.new"  # named rightly once nobody else may use it
    try:
        (state / made).unlink(missing_ok=True)
        with _reachable(state, made) as address:
            door.bind(address)
        (state / made).chmod(0o600)
        door.listen(MAX_TALKS)
        (state / made).replace(path)
    except OSError as exc:
        door.close()
        (state / made).unlink(missing_ok=True)
        raise ControlError(f"{path}: cannot listen here: {exc.strerror}") from exc
    return door


@contextlib.contextmanager
def _reachable(state: Path, name: str = SOCKET_NAME) -> Iterator[str]:
    """Give the socket's address; where its path is too long for one, the path goes by way of an open folder."""
    path = str(state / name)
    if len(os.fsencode(path)) <= MAX_PATH_BYTES:
        yield path
        return
    folder = os.open(state, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{name}"
    finally:
        os.close(folder)

"""Loopback servers for tests: real sockets, ephemeral ports, answers to the byte."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

Answer = bytes | Callable[["Request", asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Request:
    """One request as it came in; header names in lower case."""

    target: str
    headers: dict[str, str]


@dataclass
class Server:
    """What is served, and what was asked for."""

    answers: dict[str, Answer] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    def url(self, target: str = "/", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{target}"


def answer(body: bytes = b"", *, status: int = 200, length: int | None = None, **headers: str) -> bytes:
    """Return a whole HTTP/1.1 answer; header names are written with _ for -."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body) if length is None else length}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


@contextlib.asynccontextmanager
async def serving(answers: dict[str, Answer], *, ssl: object = None) -> AsyncIterator[Server]:
    """Serve the answers, by target, on a loopback port; an unknown target is a 404."""
    served = Server(answers=answers)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.connections += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                request = _parsed(await reader.readuntil(b"\r\n\r\n"))
                served.requests.append(request)
                given = served.answers.get(request.target, answer(status=404))
                if isinstance(given, bytes):
                    writer.write(given)
                else:
                    await given(request, writer)
                await writer.drain()
        with contextlib.suppress(ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=ssl)
    served.port = server.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        server.close()
        for task in asyncio.all_tasks():
            if task is not asyncio.current_task() and "serve" in repr(task.get_coro()):
                task.cancel()


def _parsed(head: bytes) -> Request:
    first, *rest = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    pairs = (line.split(":", 1) for line in rest)
    return Request(target=first.split(" ")[1], headers={name.lower(): value.strip() for name, value in pairs})

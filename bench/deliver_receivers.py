"""Receivers: a mail server, a web server and one that never answers, in a process of their own.

In:  orders, one JSON object a line.
Out: their ports; how much each was given.
Not here: who sends to them (deliver.py). They do as little as the protocols allow, so that senders are measured.
"""

import asyncio
import threading
from collections import Counter
from typing import Any

from bench.read_child import serve

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}"


class _Mail(asyncio.Protocol):
    """Takes every letter."""

    def __init__(self, taken: Counter[str]) -> None:
        self._taken = taken
        self._held = b""
        self._is_letter = False

    def connection_made(self, transport: Any) -> None:
        self._line = transport
        self._line.write(b"220 here\r\n")

    def data_received(self, data: bytes) -> None:
        self._held += data
        while (end := self._held.find(b"\r\n.\r\n" if self._is_letter else b"\r\n")) >= 0:
            piece = self._held[:end]
            self._held = self._held[end + (5 if self._is_letter else 2) :]
            self._answer(piece[:4].upper())

    def _answer(self, verb: bytes) -> None:
        if self._is_letter:
            self._is_letter = False
            self._taken["mail"] += 1
            self._line.write(b"250 taken\r\n")
        elif verb == b"DATA":
            self._is_letter = True
            self._line.write(b"354 go on\r\n")
        elif verb == b"QUIT":
            self._line.write(b"221 bye\r\n")
            self._line.close()
        else:
            self._line.write(b"250 fine\r\n")


class _Web(asyncio.Protocol):
    """Takes every request, or every one without an answer."""

    def __init__(self, taken: Counter[str], name: str) -> None:
        self._taken = taken
        self._name = name
        self._held = b""

    def connection_made(self, transport: Any) -> None:
        self._line = transport

    def data_received(self, data: bytes) -> None:
        self._held += data
        while (end := self._held.find(b"\r\n\r\n")) >= 0:
            head = self._held[:end].lower()
            size = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
            if len(self._held) < end + 4 + size:
                return
            self._held = self._held[end + 4 + size :]
            self._taken[self._name] += 1
            if self._name != "dead":
                self._line.write(_ANSWER)


class _Receivers:
    """The servers and their loop, in a thread."""

    def __init__(self) -> None:
        self._taken: Counter[str] = Counter()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def obey(self, op: str, _order: dict[str, Any]) -> dict[str, int]:
        """Carry out one order."""
        if op == "open":
            return asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(10)
        taken, self._taken = dict(self._taken), self._taken
        self._taken.clear()
        return taken

    async def _open(self) -> dict[str, int]:
        makers = {
            "mail": lambda: _Mail(self._taken),
            "web": lambda: _Web(self._taken, "web"),
            "dead": lambda: _Web(self._taken, "dead"),
        }
        ports = {}
        for name, make in makers.items():
            server = await self._loop.create_server(make, "127.0.0.1", 0)
            ports[name] = server.sockets[0].getsockname()[1]
        return ports


def main() -> None:
    """Obey until stdin ends."""
    serve(_Receivers().obey)


if __name__ == "__main__":
    main()

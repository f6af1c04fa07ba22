"""Receivers on loopback for what the program sends: a web server and a mail server, each in a thread, each bounded."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from sites import Reply, Request, site

HANG_S = 20.0  # a hanging answer ends by itself, should a test forget to


@dataclass
class WebReceiver:
    """Answers with the given status codes in turn, the last one for ever; 0 hangs until `released`."""

    answers: list[int]
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    then: Callable[[], object] = lambda: None  # called once an answer has left
    port: int = 0

    def answer(self) -> int:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def web(*answers: int, location: str = "", body: bytes = b"{}") -> Iterator[WebReceiver]:
    receiver = WebReceiver(answers=list(answers or (200,)))

    def answer(request: Request) -> Reply | None:
        receiver.requests.append((request.path, dict(request.headers), request.body))
        status = receiver.answer()
        if status == 0:
            receiver.released.wait(HANG_S)
            return None
        headers = {"Location": location} if location else {}
        return Reply(body=body, status=status, headers=headers, then=lambda: receiver.then())

    with site(answer) as receiver.port:
        try:
            yield receiver
        finally:
            receiver.released.set()


@dataclass
class MailReceiver:
    """Answers RCPT and DATA with the given replies in turn; `drop` cuts the connection instead of a reply."""

    rcpt: dict[str, str]
    data: list[str]
    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    peers: list[object] = field(default_factory=list)  # who brought each letter: a connection each
    port: int = 0

    async def handle_RCPT(  # noqa: N802 - the name aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = self.rcpt.get(address, "250 OK")
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        letter = message_from_bytes(content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        self.recipients.append(list(envelope.rcpt_tos))
        self.peers.append(session.peer)
        reply = self.data.pop(0) if len(self.data) > 1 else self.data[0]
        if reply == "drop":
            server.transport.abort()
            return "250 never seen"
        return reply


@contextmanager
def mail(*data: str, rcpt: dict[str, str] | None = None) -> Iterator[MailReceiver]:
    receiver = MailReceiver(rcpt=rcpt or {}, data=list(data or ("250 OK",)))
    loop = asyncio.new_event_loop()

    async def start() -> asyncio.Server:
        return await loop.create_server(lambda: SMTP(receiver, hostname="mx.test", loop=loop), "127.0.0.1", 0)

    server = loop.run_until_complete(start())
    receiver.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def stop() -> None:
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    try:
        yield receiver
    finally:
        asyncio.run_coroutine_threadsafe(stop(), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()

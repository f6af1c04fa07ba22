"""Wire: watches what one send does on the network, whatever library does it.

In:  the interpreter's own audit events (PEP 578) for connections and requests, in the context of a send.
Out: whether bytes of a request left, whether a private address was refused, what the library complained of.
Not here: which addresses are private (address.py), what it all means for the delivery (apprise_door.py).
"""

import http.client
import logging
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any, Final

from monitor.delivery.address import refusal
from monitor.delivery.answer import SAID_MAX, Answer
from monitor.errors import MonitorError

# An audit hook sees the address that is connected to, after the look-up and after every redirect: nothing can be
# swapped in between, and no name that may be a token (tgram://TOKEN) is looked up just to check it.
_CONNECTS = frozenset({"socket.connect", "socket.sendto"})
_BEGINS = "http.client.send"
_SPEAKS = "smtplib.send"
_WATCHED = _CONNECTS | {_BEGINS, _SPEAKS}
_QUIET = ("urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry", "charset_normalizer")
ANSWER_MAX: Final = 1024 * 1024  # bytes of answers that one send reads; services answer with less than a hundredth
_lock = threading.Lock()
_installed = False


class PrivateAddressError(MonitorError, OSError):
    """A channel was about to reach a private address; libraries see a failed connection."""


class SendOverError(MonitorError, OSError):
    """A send that ran over its time was about to begin after all."""


class AnswerTooLongError(MonitorError, OSError):
    """A server answers without end."""


class Wire:
    """What one send did so far. Watched from the thread that sends, read from the one that waits."""

    def __init__(self, *, allow_private: bool) -> None:
        self.allow_private = allow_private
        self.refused: str | None = None  # why a connection was refused
        self.complaints: list[str] = []  # what the library logged as warnings, unscrubbed
        self.answers: list[Answer] = []  # of web servers, in order
        self.has_begun = False  # the first bytes of a request, or of a mail, left
        self.has_connected = False  # a connection was made, or tried
        self.is_blind = False  # what it speaks is seen by no hook: once connected, it may have arrived
        self._asked: set[int] = set()  # connections with a request that has no answer yet
        self._lines: dict[int, Any] = {}  # what can be cut when the wait is over
        self._read = 0  # bytes of answers
        self._is_over = False
        self._turn = threading.Lock()

    @property
    def is_unanswered(self) -> bool:
        """Whether a request left and no answer to it came."""
        return bool(self._asked)

    @property
    def may_have_arrived(self) -> bool:
        """Whether enough has happened for the message to have arrived."""
        return self.has_begun or (self.is_blind and self.has_connected)

    def begin(self, line: object = None) -> None:
        """Note that from now on the message may have arrived. Raises SendOverError if nobody waits any more.

        line: the connection it leaves by.
        """
        self.hold(line)
        with self._turn:
            self.has_begun = True
            if line is not None:
                self._asked.add(id(getattr(line, "sock", line)))

    def hold(self, line: object) -> None:
        """Note a connection, to be cut when the wait is over. Raises SendOverError if it is."""
        with self._turn:
            if self._is_over:
                raise SendOverError("the time of this send is over")
            if line is not None:
                self._lines[id(line)] = line

    def answered(self, sock: object, answer: Answer) -> None:
        """Note what a server answered on a connection."""
        with self._turn:
            self._asked.discard(id(sock))
            self.answers.append(answer)

    def forget(self) -> None:
        """Forget what was answered and complained of: another try begins."""
        with self._turn:
            self.answers.clear()
            self.complaints.clear()

    def count(self, size: int) -> None:
        """Note bytes of an answer that were read. Raises SendOverError, AnswerTooLongError."""
        self._read += size
        if self._is_over:
            raise SendOverError("the time of this send is over")
        if self._read > ANSWER_MAX:
            raise AnswerTooLongError(f"the answer is longer than {ANSWER_MAX:,} bytes")

    def give_up(self) -> bool:
        """End the wait; return whether the message may have arrived. A send that has not begun never will.

        Its connections are cut, so that a thread which still waits for an answer ends.
        """
        with self._turn:
            self._is_over = True
            lines = list(self._lines.values())
        for line in lines:
            end = getattr(line, "sock", line)
            with suppress(OSError, AttributeError):
                end.shutdown(socket.SHUT_RDWR)
        return self.may_have_arrived

    def connect(self, address: object) -> None:
        """Let a connection pass, or raise PrivateAddressError."""
        self.has_connected = True
        reason = None if self.allow_private else refusal(address)
        if reason:
            self.refused = reason
            raise PrivateAddressError(reason)


_current: ContextVar[Wire | None] = ContextVar("monitor_delivery_wire", default=None)


@contextmanager
def watched(wire: Wire) -> Iterator[None]:
    """Watch what this context does until the block ends."""
    _install()
    token = _current.set(wire)
    try:
        yield
    finally:
        _current.reset(token)


def _install() -> None:
    """Set the audit hook and the log filters, once in the life of the process."""
    global _installed  # noqa: PLW0603 - an audit hook cannot be taken back, so neither can this be kept elsewhere
    with _lock:
        if _installed:
            return
        sys.addaudithook(_audit)
        apprise = logging.getLogger("apprise")
        apprise.setLevel(logging.INFO)  # below it, Apprise logs payloads and headers
        apprise.addFilter(_keep_complaint)
        for name in _QUIET:  # these log paths and queries, where services keep their tokens
            logging.getLogger(name).addFilter(_outside_of_sends)
        _installed = True


def _audit(event: str, args: tuple[Any, ...]) -> None:
    if event not in _WATCHED:
        return
    wire = _current.get()
    if wire is None:
        return
    if event in _CONNECTS:
        wire.hold(args[0])
        wire.connect(args[1])
    elif event == _SPEAKS:
        wire.hold(args[0])
    else:
        connection = args[0]
        connection.response_class = _Response  # of this connection alone: what answers it, tells us
        wire.begin(connection)


class _Response(http.client.HTTPResponse):
    """An answer that tells the send it belongs to. Libraries hide status and Retry-After in the text of their logs."""

    def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self._line = sock
        wire = _current.get()
        if wire is not None:
            self.fp = _Tap(self.fp, wire)  # type: ignore[assignment]

    def begin(self) -> None:
        super().begin()
        wire = _current.get()
        if wire is None:
            return
        answer = Answer(status=self.status, pause=self.headers.get("Retry-After"), date=self.headers.get("Date"))
        wire.answered(self._line, answer)
        if answer.is_refusal and isinstance(self.fp, _Tap):
            self.fp.said = answer.said


class _Tap:
    """A file that counts what is read from it, and keeps the beginning of a refusal."""

    def __init__(self, file: Any, wire: Wire) -> None:
        self._file = file
        self._wire = wire
        self.said: bytearray | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def read(self, *args: Any) -> bytes:
        return self._note(self._file.read(*args))

    def read1(self, *args: Any) -> bytes:
        return self._note(self._file.read1(*args))

    def readline(self, *args: Any) -> bytes:
        return self._note(self._file.readline(*args))

    def readinto(self, buffer: Any) -> int:
        size: int = self._file.readinto(buffer)
        self._note(bytes(memoryview(buffer)[:size]))
        return size

    def _note(self, piece: bytes) -> bytes:
        self._wire.count(len(piece))
        if self.said is not None and len(self.said) < SAID_MAX:
            self.said += piece[: SAID_MAX - len(self.said)]
        return piece


def _keep_complaint(record: logging.LogRecord) -> bool:
    """Keep a warning for the receipt; let nothing into the log, where a channel's secrets must not stand."""
    wire = _current.get()
    if wire is not None and record.levelno >= logging.WARNING:
        wire.complaints.append(record.getMessage())
    return False


def _outside_of_sends(_record: logging.LogRecord) -> bool:
    return _current.get() is None

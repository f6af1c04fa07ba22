"""Wire: watches what one send does on the network, whatever library does it.

In:  the interpreter's own audit events (PEP 578) for connections and requests, in the context of a send.
Out: whether bytes of a request left, whether a private address was refused, what the library complained of.
Not here: which addresses are private (address.py), what it all means for the delivery (apprise_door.py).
"""

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from monitor.delivery.address import refusal
from monitor.errors import MonitorError

# An audit hook sees the address that is connected to, after the look-up and after every redirect: nothing can be
# swapped in between, and no name that may be a token (tgram://TOKEN) is looked up just to check it.
_CONNECTS = frozenset({"socket.connect", "socket.sendto"})
_BEGINS = frozenset({"http.client.send"})
_QUIET = ("urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry", "charset_normalizer")
_lock = threading.Lock()
_installed = False


class PrivateAddressError(MonitorError, OSError):
    """A channel was about to reach a private address; libraries see a failed connection."""


class SendOverError(MonitorError, OSError):
    """A send that ran over its time was about to begin after all."""


class Wire:
    """What one send did so far. Watched from the thread that sends, read from the one that waits."""

    def __init__(self, *, allow_private: bool) -> None:
        self.allow_private = allow_private
        self.refused: str | None = None  # why a connection was refused
        self.complaints: list[str] = []  # what the library logged as warnings, unscrubbed
        self.has_begun = False  # the first bytes of a request, or of a mail, left
        self._is_over = False
        self._turn = threading.Lock()

    def begin(self) -> None:
        """Note that from now on the message may have arrived. Raises SendOverError if nobody waits any more."""
        with self._turn:
            if self._is_over:
                raise SendOverError("the time of this send is over")
            self.has_begun = True

    def give_up(self) -> bool:
        """End the wait; return whether the message may have arrived. A send that has not begun never will."""
        with self._turn:
            self._is_over = True
            return self.has_begun

    def connect(self, address: object) -> None:
        """Let a connection pass, or raise PrivateAddressError."""
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


def _audit(event: str, args: tuple[object, ...]) -> None:
    if event not in _CONNECTS and event not in _BEGINS:
        return
    wire = _current.get()
    if wire is None:
        return
    if event in _BEGINS:
        wire.begin()
    else:
        wire.connect(args[1])


def _keep_complaint(record: logging.LogRecord) -> bool:
    """Keep a warning for the receipt; let nothing into the log, where a channel's secrets must not stand."""
    wire = _current.get()
    if wire is not None and record.levelno >= logging.WARNING:
        wire.complaints.append(record.getMessage())
    return False


def _outside_of_sends(_record: logging.LogRecord) -> bool:
    return _current.get() is None

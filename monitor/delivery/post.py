"""Post: a connection to a mail server that serves several letters of one burst.

In:  something that opens a connection; letters, one at a time.
Out: a Receipt for each.
Not here: the talk itself (mail.py), TLS and login (Apprise's, through apprise_door.py).

Connecting and logging in cost more than a letter does, so the connection stays open for a moment. It serves again only
after a letter that was taken; a server that closed it meanwhile is connected to anew, which is safe before DATA.
"""

import smtplib
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Any, Final

from monitor.delivery.mail import Envelope, converse, failed
from monitor.delivery.wire import PrivateAddressError, Wire
from monitor.model.delivery import Receipt, Sent

KEPT_OPEN_S: Final = 2.0  # after a letter; what comes later is another burst, and servers count open connections
LETTERS_MAX: Final = 50  # over one connection; servers refuse more than some number, usually 100
QUIT_LIMIT_S: Final = 2.0  # the letter is handed over; a server that does not say goodbye is not waited for


class Post:
    """Hands letters to one mail server, one after the other."""

    def __init__(self, server: Callable[[], AbstractContextManager[Any]]) -> None:
        """Take what gives a connection to be opened. Its errors are OSErrors, or of the library's own."""
        self._server = server
        self._turn = threading.Lock()
        self._open: AbstractContextManager[Any] | None = None
        self._letters = 0  # over the open connection
        self._used = 0.0  # monotonic
        self._closer: threading.Timer | None = None

    def hand_over(self, envelope: Envelope, letter: bytes, wire: Wire) -> Receipt:
        """Hand one letter over, by the connection that is open or a new one."""
        with self._turn:
            try:
                receipt = self._hand_over(envelope, letter, wire)
            except PrivateAddressError:
                raise
            except Exception as exc:  # noqa: BLE001 - smtplib's errors are OSErrors, Apprise has more of its own
                receipt = failed(exc)
            self._keep(receipt)
            return receipt

    def _hand_over(self, envelope: Envelope, letter: bytes, wire: Wire) -> Receipt:
        if self._open is not None:
            with suppress(smtplib.SMTPServerDisconnected):
                return converse(_line(self._open), envelope, letter, wire=wire, is_used=True)
            self._close()
        opened = self._server()
        opened.__enter__()
        self._open = opened
        return converse(_line(opened), envelope, letter, wire=wire)

    def _keep(self, receipt: Receipt) -> None:
        """Keep the connection for the next letter, or say goodbye."""
        self._letters += 1
        if not isinstance(receipt, Sent) or self._letters >= LETTERS_MAX:
            self._close()
            return
        self._used = time.monotonic()
        if self._closer is None:
            self._close_in(KEPT_OPEN_S)

    def _close_in(self, seconds: float) -> None:
        self._closer = threading.Timer(seconds, self._close_if_idle)
        self._closer.daemon = True
        self._closer.start()

    def _close_if_idle(self) -> None:
        with self._turn:
            self._closer = None
            left = self._used + KEPT_OPEN_S - time.monotonic()
            if self._open is not None and left > 0:
                self._close_in(left)
            else:
                self._close()

    def _close(self) -> None:
        opened, self._open, self._letters = self._open, None, 0
        if opened is None:
            return
        line = _line(opened)
        if line.sock is not None:
            line.sock.settimeout(QUIT_LIMIT_S)
        with suppress(OSError):
            opened.__exit__(None, None, None)


def _line(opened: Any) -> smtplib.SMTP:
    smtp: smtplib.SMTP = opened._socket  # noqa: SLF001 - its own sendmail() hides the server's answers
    return smtp

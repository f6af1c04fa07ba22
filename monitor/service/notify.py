"""What the service manager hears of us: the sd_notify protocol, without a library.

In:  the environment that systemd sets ($NOTIFY_SOCKET, $WATCHDOG_USEC, $WATCHDOG_PID).
Out: datagrams on its socket; nothing where there is no socket.
Not here: when to say what (the daemon).
"""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass

_USEC_PER_S = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifier:
    """Speaks to the service manager, or to nobody.

    A message that cannot be sent is dropped: whoever restarts us on silence must not also stop us on noise.
    Source: sd_notify(3), sd_watchdog_enabled(3).
    """

    address: str | bytes | None  # of an AF_UNIX datagram socket; None: nobody listens
    watchdog_interval_s: float | None  # feed the watchdog at least this often; None: there is none

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], *, pid: int | None = None) -> "Notifier":
        """Return the notifier that the environment asks for.

        pid: the process that speaks; None means this one. A watchdog set for another process is not ours.
        """
        return cls(
            address=_address(environ.get("NOTIFY_SOCKET", "")),
            watchdog_interval_s=_interval_s(environ, os.getpid() if pid is None else pid),
        )

    def ready(self) -> None:
        """Say that start-up is over."""
        self._send("READY=1")

    def stopping(self) -> None:
        """Say that shutting down has begun."""
        self._send("STOPPING=1")

    def watchdog(self) -> None:
        """Say that a real step of work was done."""
        self._send("WATCHDOG=1")

    def status(self, text: str) -> None:
        """Say in one line how things stand, for `systemctl status`."""
        self._send(f"STATUS={' '.join(text.split())}")

    def _send(self, message: str) -> None:
        if self.address is None:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK) as door:
                door.sendto(message.encode(), self.address)
        except OSError:
            return  # the manager is gone or busy; its own time-outs deal with that


def _address(named: str) -> str | bytes | None:
    if named.startswith("@"):
        return b"\0" + os.fsencode(named[1:])  # Linux's abstract name space
    return named if named.startswith("/") else None


def _interval_s(environ: Mapping[str, str], pid: int) -> float | None:
    """Return half the watchdog's time-out, as sd_watchdog_enabled(3) advises."""
    try:
        usec = int(environ.get("WATCHDOG_USEC", "0"))
        is_ours = int(environ.get("WATCHDOG_PID", pid)) == pid
    except ValueError:
        return None
    return usec / _USEC_PER_S / 2 if usec > 0 and is_ours else None

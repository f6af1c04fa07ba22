"""Gate: one request at a time for each host, with a pause between them, and none while it asked to be left alone.

In:  the hosts that are to be asked, as text.urls.host_key has them; how long a host wants to be left alone.
Out: a turn, in order of urgency and then of arrival; HeldError at once where the host is on hold.
Not here: sending (http.py), what a host's answer says about waiting (freshness.py), when to poll (cadence.py).
"""

import asyncio
import heapq
import itertools
import math
import time
from collections.abc import Callable
from typing import Final

from monitor.sources.freshness import MAX_RETRY_AFTER_S

GAP_S: Final = 1.0  # between the end of a request and the start of the next one to the same host
SHORT_SHARE: Final = 0.25  # of that between two requests that are not urgent: a feed's first poll lists dozens of pages
_TICK_S: Final = 0.001  # what an event loop's timer can tell apart; an earlier one would spin
_SWEEP_S: Final = 1.0  # after which hosts whose gap is over are forgotten
_FREE: Final = 0.0

_Waiter = tuple[bool, int, asyncio.Future[float]]  # is not urgent, number, for how long the host is on hold yet


class HeldError(Exception):
    """The host asked to be left alone for `left_s` seconds yet."""

    def __init__(self, left_s: float) -> None:
        super().__init__(f"on hold for another {left_s:g} s")
        self.left_s = left_s


class Gate:
    """Gives hosts' turns to those who ask for them. `enter` takes a turn, `leave` gives it back.

    gap_s: between the end of one turn and the start of the host's next one.
    short_share: of that gap, where neither is urgent.
    clock: seconds that only go forward.
    A host costs memory while it has a turn, a gap or a hold, and up to a second longer.
    """

    def __init__(
        self, *, gap_s: float = GAP_S, short_share: float = SHORT_SHARE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._gap_s = gap_s
        self._short_share = short_share
        self._clock = clock
        self._numbers = itertools.count()
        self._busy: set[str] = set()  # somebody has the turn
        self._ended: dict[str, tuple[float, bool]] = {}  # when the last turn did, and whether it was urgent
        self._holds: dict[str, float] = {}  # when they end
        # A host that is not busy and has a line has a timer that calls `_next`, too.
        self._lines: dict[str, list[_Waiter]] = {}
        self._sweeper: asyncio.TimerHandle | None = None
        self._sweep_at = math.inf

    async def enter(self, host: str, *, is_urgent: bool = False) -> None:
        """Take the host's turn, waiting for it where need be; the urgent go first. Raises HeldError."""
        if self._holds and (left_s := self.held_for_s(host)):
            raise HeldError(left_s)
        if host not in self._busy and host not in self._lines and self._gap_left_s(host, is_urgent) <= 0:
            self._busy.add(host)
            return
        turn = self._line_up(host, is_urgent)
        try:
            left_s = await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.result() == _FREE:
                self._busy.discard(host)  # given and cancelled in the same moment: it was not used, so no gap either
                self._next(host)
            raise
        if left_s != _FREE:
            raise HeldError(left_s)

    def leave(self, host: str, *, is_urgent: bool = False) -> None:
        """Give back the turn that was taken with `is_urgent`; the host's gap begins."""
        self._busy.discard(host)
        now = self._clock()
        if self._gap_s > 0:
            self._ended[host] = now, is_urgent
            self._sweep_by(now + self._gap_s + _SWEEP_S, now)
        if line := self._lines.get(host):
            self._wake(host, self._gap_left_s(host, not line[0][0]))

    def hold(self, host: str, seconds: float) -> None:
        """Let nobody in for so long (a day at most), nor those who wait already. A longer hold stays."""
        now = self._clock()
        until = now + min(seconds, MAX_RETRY_AFTER_S)
        if until <= max(now, self._holds.get(host, 0.0)):
            return
        self._holds[host] = until
        self._sweep_by(until, now)
        for _, _, turn in self._lines.pop(host, ()):
            if not turn.done():
                turn.set_result(until - now)

    def held_for_s(self, host: str) -> float:
        """Return for how many seconds the host is on hold yet; 0.0 if it is not."""
        until = self._holds.get(host)
        return max(0.0, until - self._clock()) if until is not None else 0.0

    def close(self) -> None:
        """Stop the gate's timer. Holds and gaps stay."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        self._sweeper, self._sweep_at = None, math.inf

    def _gap_left_s(self, host: str, is_urgent: bool) -> float:
        ended = self._ended.get(host)
        if ended is None:
            return 0.0
        at, was_urgent = ended
        return at + self._gap_s * (1.0 if is_urgent or was_urgent else self._short_share) - self._clock()

    def _line_up(self, host: str, is_urgent: bool) -> asyncio.Future[float]:
        turn: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        if host not in self._lines:
            self._lines[host] = []
            if host not in self._busy:
                self._wake(host, self._gap_left_s(host, is_urgent))
        heapq.heappush(self._lines[host], (not is_urgent, next(self._numbers), turn))
        return turn

    def _wake(self, host: str, after_s: float) -> None:
        asyncio.get_running_loop().call_later(max(after_s, _TICK_S), self._next, host)

    def _next(self, host: str) -> None:
        """Give the turn to the first who still waits for it. May be called once too often."""
        line = self._lines.get(host)
        if line is None or host in self._busy:
            return
        while line and line[0][2].done():  # nobody waits there any more
            heapq.heappop(line)
        if line and (left_s := self._gap_left_s(host, not line[0][0])) > 0:
            self._wake(host, left_s)
            return
        while line:
            _, _, turn = heapq.heappop(line)
            if not turn.done():
                self._busy.add(host)
                turn.set_result(_FREE)
                break
        if not line:
            del self._lines[host]

    def _sweep_by(self, at: float, now: float) -> None:
        if at < self._sweep_at:
            self.close()
            self._sweep_at = at
            self._sweeper = asyncio.get_running_loop().call_later(at - now, self._sweep)

    def _sweep(self) -> None:
        """Forget what is over: one timer for all hosts."""
        self._sweeper, self._sweep_at = None, math.inf
        now = self._clock()
        for host in [host for host, (at, _) in self._ended.items() if at + self._gap_s <= now]:
            del self._ended[host]
        for host in [host for host, until in self._holds.items() if until <= now]:
            del self._holds[host]
        if self._ended:
            self._sweep_by(now + self._gap_s + _SWEEP_S, now)
        elif self._holds:
            self._sweep_by(max(min(self._holds.values()), now + _SWEEP_S), now)

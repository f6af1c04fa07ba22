"""Replay: files through the same steps as feeds, on a clock of their own.

In:  entries in order, a desk with a throw-away store and a recording sender.
Out: what was decided, and what was told later than that, in order; the same input gives the same output.
Not here: reading files (sources/folders.py), showing (cli/).
"""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from monitor.model.delivery import Delivery, Digest
from monitor.model.feed import Feed, FeedEntry, FirstPoll
from monitor.model.judgement import Alert, Outcome
from monitor.pipeline.assess import Assessed, assess_waiting
from monitor.pipeline.desk import Desk
from monitor.pipeline.dispatch import dispatch_due
from monitor.pipeline.lapse import lapse, next_lapse
from monitor.pipeline.listing import entry_of
from monitor.pipeline.read import PAUSES, read_waiting
from monitor.store import entries, outbox

FEED: Final = Feed(name="replay", first_poll=FirstPoll.JUDGE)
BEGINNING: Final = datetime(2000, 1, 1, tzinfo=UTC)  # where undated entries stand, a minute apart


class ReplayedClock:
    """A clock that stands at the entry in hand and never goes back."""

    def __init__(self) -> None:
        self._now = BEGINNING

    def __call__(self) -> datetime:
        """Return the replayed time."""
        return self._now

    def go_to(self, moment: datetime) -> None:
        """Move on to a moment; one in the past changes nothing."""
        self._now = max(self._now, moment)


async def replay(
    desk: Desk, listed: Sequence[FeedEntry], clock: ReplayedClock
) -> AsyncIterator[Assessed | Alert | Delivery]:
    """Run entries through every step, one after the other, each at its own date; then on until nothing waits.

    An alert stands for itself where it is told later than its entry was decided, and no other entry caused that. A
    delivery is that of a digest.
    """
    told: set[str] = set()
    async for each in _steps(desk, listed, clock):
        match each:
            case Assessed(decisions=decisions, released=released):
                alerts = (one.alert for one in decisions if one.alert and one.outcome is Outcome.ALERTED)
                told.update(alert.id for alert in (*alerts, *released))
                yield each
            case Alert():
                told.add(each.id)
                yield each
            case Delivery(alert=Digest()):
                yield each
            case Delivery(alert=Alert() as alert) if alert.id not in told:  # the end of its wait found it alone
                told.add(alert.id)
                yield alert


async def _steps(
    desk: Desk, listed: Sequence[FeedEntry], clock: ReplayedClock
) -> AsyncIterator[Assessed | Alert | Delivery]:
    """Run entries through every step; yield also what is sent."""
    for place, each in enumerate(listed):
        moment = each.published or BEGINNING + timedelta(minutes=place)
        async for alert in _lapsing(desk, clock, until=moment):
            yield alert
        clock.go_to(moment)
        entry = entry_of(FEED, each, now=clock())
        await desk.store.write(lambda tx, entry=entry: entries.add(tx, [entry]))  # type: ignore[misc]
        async for assessed in _settled(desk):
            yield assessed
    for pause in PAUSES:  # for which an entry waits where there was no worker to read its page
        clock.go_to(clock() + pause)
        async for assessed in _settled(desk):
            yield assessed
    async for alert in _lapsing(desk, clock, until=None):
        yield alert


async def _lapsing(desk: Desk, clock: ReplayedClock, *, until: datetime | None) -> AsyncIterator[Alert | Delivery]:
    """Go from the end of one wait to the next one's, up to a moment or to the last."""
    while (end := await _next_end(desk)) is not None and (until is None or end <= until):
        clock.go_to(end)
        for alert in await lapse(desk):
            yield alert
        for sent in await dispatch_due(desk):
            yield sent.delivery


async def _next_end(desk: Desk) -> datetime | None:
    """Return when the next wait is over: for a second source, or for what is told together."""
    ends = await next_lapse(desk), await desk.store.write(outbox.next_wait)
    return min((end for end in ends if end is not None), default=None)


async def _settled(desk: Desk) -> AsyncIterator[Assessed | Delivery]:
    """Run what is due through the steps that follow the polling."""
    await read_waiting(desk)
    async for assessed in assess_waiting(desk):
        yield assessed
    for sent in await dispatch_due(desk):
        yield sent.delivery

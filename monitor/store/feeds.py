"""What is remembered of feeds: their state between polls, what happened to them, hosts that asked for a pause.

In:  a transaction, feeds, the states that polls left.
Out: which feeds are due, with their states.
Not here: fetching (sources/), when a feed is polled next (sources/cadence.py), how it does (pipeline/health.py), the
same for people (feed_views.py), entries (entries.py).
"""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, bindparam, case, delete, func, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.orm import InstrumentedAttribute, aliased

from monitor.errors import LeaseLostError
from monitor.model.feed import Feed, Poison
from monitor.model.feed_state import FeedEvent, FeedState
from monitor.store.engine import CHUNK, Tx
from monitor.store.feed_rows import dump_state, load_state
from monitor.store.tables import FeedEventRow, FeedRow, HostRow, QuarantineRow, UtcTime
from monitor.text.urls import host_key

LONGEST_HOLD = timedelta(hours=25)  # a host's wish is capped at a day
LEASE = timedelta(minutes=5)  # longer than a poll may take (pipeline/poll.py), with a minute to store it
EVENTS_KEPT = 100  # a feed
QUARANTINE_KEPT = 50  # a feed


@dataclass(frozen=True, slots=True, kw_only=True)
class DuePoll:
    """A feed whose turn it is, claimed."""

    state: FeedState
    lease: str

    @property
    def name(self) -> str:
        """The feed's name."""
        return self.state.name

    @property
    def is_first(self) -> bool:
        """Whether no poll of it has succeeded yet."""
        return self.state.polls == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedPoll:
    """A poll that ended: the state it leaves, what happened, what was quarantined."""

    due: DuePoll
    state: FeedState
    events: tuple[FeedEvent, ...] = ()
    poisons: tuple[Poison, ...] = ()


def sync(tx: Tx, feeds: Sequence[Feed], *, now: datetime) -> None:
    """Make the table list the configured feeds: new ones are due at once, and one that moved is as good as new."""
    rows = {row.name: row for row in tx.execute(select(FeedRow.name, FeedRow.location, FeedRow.host, FeedRow.url))}
    stale = list(rows.keys() - {feed.name for feed in feeds})
    for at in range(0, len(stale), CHUNK):
        _forget(tx, stale[at : at + CHUNK])
    for at in range(0, len(feeds), CHUNK):
        _sync(tx, feeds[at : at + CHUNK], rows, now)


def _sync(tx: Tx, feeds: Sequence[Feed], rows: Mapping[str, Any], now: datetime) -> None:
    fresh, hosts = [], []
    for feed in feeds:
        place = {"location": feed.url or feed.folder or "", "host": host_key(feed.url or "")}
        row = rows.get(feed.name)
        if row is None or row.location != place["location"]:
            fresh.append(dump_state(FeedState(name=feed.name, next_at=now)) | place)
        elif row.url is None and row.host != place["host"]:  # stored by a version that knew no hosts
            hosts.append({"own_name": feed.name, "at_host": place["host"]})
    if fresh:
        _forget(tx, [feed["name"] for feed in fresh])
        tx.execute(insert(FeedRow), fresh)
    if hosts:
        changed = update(FeedRow).where(FeedRow.name == bindparam("own_name"))
        tx.execute(changed.values(host=bindparam("at_host")), hosts)


def _forget(tx: Tx, names: Sequence[object]) -> None:
    """Forget all that is remembered of feeds but their entries, which must not become new again."""
    tx.execute(delete(FeedRow).where(FeedRow.name.in_(names)))
    tx.execute(delete(FeedEventRow).where(FeedEventRow.feed.in_(names)))
    tx.execute(delete(QuarantineRow).where(QuarantineRow.feed.in_(names)))


def claim_due(
    tx: Tx,
    *,
    now: datetime,
    lease: str,
    limit: int,
    gap: timedelta = timedelta(0),
    untouched_since: datetime | None = None,
) -> tuple[DuePoll, ...]:
    """Claim at most `limit` feeds whose time has come, the longest overdue first and one a host.

    gap: between two requests to a host. A host that is being asked for another feed, or asked for a pause, is left
    alone. A feed polled in the future is due: the clock was wrong then, and so is what it says of the next poll.
    untouched_since: every feed counts as due that has not been asked for since then, whatever its time.
    """
    names = _claimable_names(tx, limit, _moments(now, gap, untouched_since), is_by_touch=untouched_since is not None)
    if not names:
        return ()
    claimed = tx.execute(_LEND, {"names": names, "lent": lease, "lent_until": now + LEASE, "now": now})
    rows = {row["name"]: row for row in claimed.mappings()}
    spans = _quarantined(tx, names)
    return tuple(DuePoll(state=load_state(rows[name], spans.get(name, frozenset())), lease=lease) for name in names)


def _claimable_names(tx: Tx, limit: int, moments: Mapping[str, object], *, is_by_touch: bool) -> list[str]:
    moments = {**moments, "most": limit}
    candidates = tx.execute(_claimable(is_by_touch), moments).all()
    if len(candidates) == limit and 2 * len({row.host or row.name for row in candidates}) < limit:
        # A few hosts' feeds fill the front; sorting out all that is due costs four times as much, and is needed seldom.
        candidates = tx.execute(_first_of_each_host(is_by_touch), moments).all()
    first_of_host = {row.host or f"\0{row.name}": row.name for row in reversed(candidates)}
    return list(reversed(first_of_host.values()))


def is_any_waiting(tx: Tx, *, now: datetime, untouched_since: datetime | None = None) -> bool:
    """Return whether a feed is due, as `claim_due` has it, but for the gap between two requests to its host."""
    moments = _moments(now, timedelta(0), untouched_since)
    return bool(tx.scalar(_due_later(untouched_since is not None), moments))


# What follows is asked for every few polls: made once, since making a statement costs more than running it.

_NOW = bindparam("now", type_=UtcTime())
_ANY_QUARANTINED = select(select(QuarantineRow.feed).exists())
_LEND = (
    update(FeedRow)
    .where(FeedRow.name.in_(bindparam("names", expanding=True)))
    .values(lease=bindparam("lent"), lease_until=bindparam("lent_until"), touched_at=bindparam("now"))
    .returning(FeedRow.__table__)
)


def _moments(now: datetime, gap: timedelta, untouched_since: datetime | None) -> dict[str, object]:
    return {
        "now": now,
        "gap_began": now - gap,
        "longest_lease": now + LEASE,
        "longest_hold": now + LONGEST_HOLD,
        "since": untouched_since,
    }


@lru_cache(maxsize=2)
def _claimable(is_by_touch: bool) -> Any:
    """Return the question for feeds that may be asked for now, the longest overdue first."""
    wanted = select(FeedRow.name, FeedRow.host).where(_is_due(is_by_touch), _may_be_asked())
    return wanted.order_by(FeedRow.next_at, FeedRow.name).limit(bindparam("most", type_=Integer()))


@lru_cache(maxsize=2)
def _first_of_each_host(is_by_touch: bool) -> Any:
    """Return the same question with one answer a host."""
    folder = case((FeedRow.host == "", FeedRow.name), else_="")
    place = func.row_number().over(partition_by=(FeedRow.host, folder), order_by=(FeedRow.next_at, FeedRow.name))
    columns = (FeedRow.name, FeedRow.host, FeedRow.next_at, place.label("place"))
    due = select(*columns).where(_is_due(is_by_touch), _may_be_asked()).subquery()
    wanted = select(due.c.name, due.c.host).where(due.c.place == 1)
    return wanted.order_by(due.c.next_at, due.c.name).limit(bindparam("most", type_=Integer()))


@lru_cache(maxsize=2)
def _due_later(is_by_touch: bool) -> Any:
    return select(select(FeedRow.name).where(_is_due(is_by_touch), ~_is_held()).exists())


def _may_be_asked() -> ColumnElement[bool]:
    other = aliased(FeedRow)
    asked = (other.touched_at > bindparam("gap_began", type_=UtcTime())) & (other.touched_at <= _NOW)
    # All busy hosts at once: looked up for each feed anew, thousands of feeds of one host would cost millions of looks.
    busy = select(other.host).where(other.host != "", or_(asked, ~_is_over(other.lease_until, "lease")))
    return or_(FeedRow.host == "", FeedRow.host.not_in(busy) & ~_is_held())


def _is_due(is_by_touch: bool) -> ColumnElement[bool]:
    due = or_(FeedRow.next_at <= _NOW, FeedRow.polled_at > _NOW)
    if is_by_touch:
        since = bindparam("since", type_=UtcTime())
        due = or_(FeedRow.touched_at.is_(None), FeedRow.touched_at < since, FeedRow.touched_at > _NOW)
    return due & _is_over(FeedRow.lease_until, "lease") & _is_over(FeedRow.hold_until, "hold")


def _is_over(until: InstrumentedAttribute[datetime | None], kind: str) -> ColumnElement[bool]:
    """Return the condition that a lease or hold is over; see engine.is_free."""
    return or_(until.is_(None), until <= _NOW, until > bindparam(f"longest_{kind}", type_=UtcTime()))


def _is_held() -> ColumnElement[bool]:
    holds = (HostRow.hold_until > _NOW) & (HostRow.hold_until <= bindparam("longest_hold", type_=UtcTime()))
    return select(HostRow.name).where(HostRow.name == FeedRow.host, holds).exists()


def release_all(tx: Tx, *, now: datetime) -> None:
    """Void every lease: whoever held them died with the process that held the state.

    Their hosts count as asked just now: nobody knows how far the requests came.
    """
    tx.execute(update(FeedRow).where(FeedRow.lease.is_not(None)).values(lease=None, lease_until=None, touched_at=now))


def close(tx: Tx, polls: Iterable[ClosedPoll], *, now: datetime) -> None:
    """Record how polls ended, each under its lease. Raises LeaseLostError if one of them has lost it."""
    quiet: list[dict[str, object]] = []
    changed: list[dict[str, object]] = []
    eventful: list[ClosedPoll] = []
    for poll in polls:
        before, state = poll.due.state, poll.state
        mine = {"own_name": state.name, "own_lease": poll.due.lease, "touched_at": now}
        if _is_quiet(before, state):
            quiet.append(mine | {name: getattr(state, name) for name in _QUIET})
        else:
            changed.append(mine | dump_state(state))
        if poll.events or poll.poisons or state.memory.url != before.memory.url:
            eventful.append(poll)
    closed = tx.execute(_CLOSE_QUIET, quiet).rowcount if quiet else 0
    closed += tx.execute(_CLOSE, changed).rowcount if changed else 0
    if closed < len(quiet) + len(changed):
        raise LeaseLostError("a poll ended after its feed had been claimed anew, moved or removed")
    for poll in eventful:
        _note(tx, poll, now=now)


def _note(tx: Tx, poll: ClosedPoll, *, now: datetime) -> None:
    if poll.events:
        _record(tx, poll.state.name, poll.events, now=now)
    if poll.poisons:
        _quarantine(tx, poll.state.name, poll.poisons, now=now)
    if poll.state.memory.url != poll.due.state.memory.url:
        _rehost(tx, poll.state)


def _is_quiet(before: FeedState, state: FeedState) -> bool:
    """Return whether only the times of polls differ, as after most polls: that is a quarter of the work."""
    return (
        state.memory is before.memory
        and state.rhythm is before.rhythm
        and state.health is before.health
        and state.move is before.move
        and state.hints is before.hints
        and state.may_delta == before.may_delta
    )


def hold(tx: Tx, host: str, until: datetime) -> None:
    """Leave a host alone until then, with everything that is fetched from it. A longer hold stays."""
    shorter_or_wrong = or_(HostRow.hold_until < until, HostRow.hold_until > until + LONGEST_HOLD)
    put = upsert(HostRow).values({"name": host, "hold_until": until})
    tx.execute(put.on_conflict_do_update(index_elements=["name"], set_={"hold_until": until}, where=shorter_or_wrong))


def holds(tx: Tx, *, now: datetime) -> dict[str, datetime]:
    """Return the hosts that are to be left alone, and until when; forgets those whose pause is over."""
    tx.execute(delete(HostRow).where(or_(HostRow.hold_until <= now, HostRow.hold_until > now + LONGEST_HOLD)))
    return {row.name: row.hold_until for row in tx.execute(select(HostRow.name, HostRow.hold_until))}


def respread(tx: Tx, next_at: Mapping[str, datetime], why: str) -> None:
    """Give feeds another time."""
    rows = [{"own_name": name, "at": at, "why": why} for name, at in next_at.items()]
    if rows:
        changed = update(FeedRow).where(FeedRow.name == bindparam("own_name"))
        tx.execute(changed.values(next_at=bindparam("at"), next_why=bindparam("why")), rows)


def overdue(tx: Tx, *, now: datetime) -> dict[str, datetime]:
    """Return the feeds that were polled once and should have been again by now, with the times they were due."""
    late = (FeedRow.next_at < now) & FeedRow.polled_at.is_not(None)
    return {row.name: row.next_at for row in tx.execute(select(FeedRow.name, FeedRow.next_at).where(late))}


def note_burst(tx: Tx, feed: str, *, until: datetime) -> FeedState | None:
    """Note that a feed brought what its reader follows; return its state, or None where it is followed no more."""
    mine = FeedRow.name == feed
    noted = tx.execute(update(FeedRow).where(mine).values(burst_until=until).returning(FeedRow.__table__))
    row = noted.mappings().first()
    return None if row is None else load_state(row)


def is_followed(tx: Tx, url: str, *, but: str) -> str | None:
    """Return the other feed that is polled at an address already, if there is one."""
    same = or_(FeedRow.location == url, FeedRow.url == url) & (FeedRow.name != but)
    return tx.scalar(select(FeedRow.name).where(same).limit(1))


def _quarantined(tx: Tx, names: Sequence[str]) -> dict[str, frozenset[bytes]]:
    spans: dict[str, set[bytes]] = {}
    if not tx.scalar(_ANY_QUARANTINED):
        return {}
    for row in tx.execute(select(QuarantineRow.feed, QuarantineRow.span).where(QuarantineRow.feed.in_(names))):
        spans.setdefault(row.feed, set()).add(row.span)
    return {name: frozenset(found) for name, found in spans.items()}


def _record(tx: Tx, name: str, events: Sequence[FeedEvent], *, now: datetime) -> None:
    tx.execute(insert(FeedEventRow), [{"feed": name, "at": now, "kind": e.kind, "text": e.text} for e in events])
    kept = select(FeedEventRow.n).where(FeedEventRow.feed == name).order_by(FeedEventRow.n.desc()).limit(EVENTS_KEPT)
    tx.execute(delete(FeedEventRow).where(FeedEventRow.feed == name, FeedEventRow.n.not_in(kept)))


def _quarantine(tx: Tx, name: str, poisons: Sequence[Poison], *, now: datetime) -> None:
    rows = [
        {"feed": name, "span": each.span, "raw": zlib.compress(each.raw.encode()), "reason": each.reason, "at": now}
        for each in poisons
    ]
    tx.execute(upsert(QuarantineRow).on_conflict_do_nothing(), rows)
    mine = QuarantineRow.feed == name
    kept = select(QuarantineRow.span).where(mine).order_by(QuarantineRow.at.desc()).limit(QUARANTINE_KEPT)
    tx.execute(delete(QuarantineRow).where(mine, QuarantineRow.span.not_in(kept)))


def _rehost(tx: Tx, state: FeedState) -> None:
    location = tx.scalar(select(FeedRow.location).where(FeedRow.name == state.name)) or ""
    host = host_key(state.memory.url or location)
    tx.execute(update(FeedRow).where(FeedRow.name == state.name).values(host=host))


_QUIET = ("polls", "timed", "late", "polled_at", "next_at", "next_why", "hold_until", "fresh_until", "rung")


def _closing(columns: Iterable[str]) -> Any:
    """Return the statement that writes some columns of a state under its lease."""
    written: dict[str, Any] = {name: bindparam(name) for name in (*columns, "touched_at")}
    mine = (FeedRow.name == bindparam("own_name")) & (FeedRow.lease == bindparam("own_lease"))
    return update(FeedRow).where(mine).values(**written, lease=None, lease_until=None)


_CLOSE = _closing(dump_state(FeedState(name="", next_at=datetime.min)).keys() - {"name"})  # noqa: DTZ901 (never stored)
_CLOSE_QUIET = _closing(_QUIET)

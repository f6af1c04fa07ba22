"""What is remembered of feeds: their state between polls, what happened to them, hosts that asked for a pause.

In:  a transaction, feeds, the states that polls left.
Out: which feeds are due, with their states; the same for people.
Not here: fetching (sources/), when a feed is due and how it does (pipeline/), entries (entries.py).
"""

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.orm import InstrumentedAttribute, aliased

from monitor.model.feed import Feed, FeedMemory, Hints, Poison, Rung, SourceState, Validators
from monitor.model.feed_state import FeedEvent, FeedState, Health, Move, Rhythm
from monitor.store.engine import Tx
from monitor.store.tables import EntryRow, FeedEventRow, FeedRow, HostRow, QuarantineRow, UtcTime
from monitor.text.urls import host_key

LONGEST_HOLD = timedelta(hours=25)  # a host's wish is capped at a day
LEASE = timedelta(minutes=5)  # longer than any poll may take, shorter than anybody would wait
CHUNK = 500  # rows at a time: SQLite's limit on parameters, with room to spare, and little memory
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


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHealth:
    """How a feed does, for people."""

    state: FeedState
    location: str  # as configured
    host_held_until: datetime | None  # its host asked for a pause

    @property
    def next_at(self) -> datetime:
        """When it is polled next, its host's pause included."""
        return max(self.state.next_at, self.host_held_until) if self.host_held_until else self.state.next_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """An entry that killed its parser."""

    at: datetime
    reason: str
    raw: str  # its markup, capped


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedDetail:
    """Everything known of one feed."""

    health: FeedHealth
    entries: int
    newest: tuple[tuple[datetime, str], ...]  # when it was first seen and its title, newest first
    events: tuple[tuple[datetime, FeedEvent], ...]  # newest first
    quarantined: tuple[Quarantined, ...]  # newest first


def sync(tx: Tx, feeds: Sequence[Feed], *, now: datetime) -> None:
    """Make the table list the configured feeds: new ones are due at once, and one that moved is as good as new."""
    rows = {row.name: row for row in tx.execute(select(FeedRow.name, FeedRow.location, FeedRow.host, FeedRow.url))}
    stale = list(rows.keys() - {feed.name for feed in feeds})
    for at in range(0, len(stale), CHUNK):
        tx.execute(delete(FeedRow).where(FeedRow.name.in_(stale[at : at + CHUNK])))
    for at in range(0, len(feeds), CHUNK):
        _sync(tx, feeds[at : at + CHUNK], rows, now)


def _sync(tx: Tx, feeds: Sequence[Feed], rows: Mapping[str, Any], now: datetime) -> None:
    fresh, hosts = [], []
    for feed in feeds:
        place = {"location": feed.url or feed.folder or "", "host": host_key(feed.url or "")}
        row = rows.get(feed.name)
        if row is None or row.location != place["location"]:
            fresh.append(_values(FeedState(name=feed.name, next_at=now)) | place)
        elif row.url is None and row.host != place["host"]:  # stored by a version that knew no hosts
            hosts.append({"own_name": feed.name, "at_host": place["host"]})
    tx.execute(delete(FeedRow).where(FeedRow.name.in_([each["name"] for each in fresh])))
    if fresh:
        tx.execute(insert(FeedRow), fresh)
    if hosts:
        changed = update(FeedRow).where(FeedRow.name == bindparam("own_name"))
        tx.execute(changed.values(host=bindparam("at_host")), hosts)


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
    moments = _moments(now, gap, untouched_since)
    candidates = tx.execute(_claimable(untouched_since is not None), moments | {"most": limit * 4})
    first_of_host = {row.host or f"\0{row.name}": row.name for row in reversed(candidates.all())}
    names = [name for _, name in reversed(first_of_host.items())][:limit]
    if not names:
        return ()
    rows = {row.name: row for row in tx.execute(_STATES, {"names": names})}
    tx.execute(_LEND, {"names": names, "lent": lease, "lent_until": now + LEASE, "now": now})
    spans = _quarantined(tx, names)
    return tuple(DuePoll(state=_state(rows[name], spans.get(name, frozenset())), lease=lease) for name in names)


def waiting(tx: Tx, *, now: datetime, untouched_since: datetime | None = None) -> int:
    """Return how many feeds are due, as `claim_due` has it, but for the gap between two requests to their hosts."""
    moments = _moments(now, timedelta(0), untouched_since)
    return tx.scalar(_due_later(untouched_since is not None), moments) or 0


# What follows is asked for every few polls: made once, since making a statement costs more than running it.

_NOW = bindparam("now", type_=UtcTime())
_STATES = select(FeedRow.__table__).where(FeedRow.name.in_(bindparam("names", expanding=True)))
_ANY_QUARANTINED = select(select(QuarantineRow.feed).exists())
_LEND = (
    update(FeedRow)
    .where(FeedRow.name.in_(bindparam("names", expanding=True)))
    .values(lease=bindparam("lent"), lease_until=bindparam("lent_until"), touched_at=bindparam("now"))
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
    other = aliased(FeedRow)
    asked = (other.touched_at > bindparam("gap_began", type_=UtcTime())) & (other.touched_at <= _NOW)
    busy = select(other.name).where(other.host == FeedRow.host, or_(asked, ~_is_over(other.lease_until, "lease")))
    may_be_asked = or_(FeedRow.host == "", ~or_(busy.exists(), _is_held()))
    wanted = select(FeedRow.name, FeedRow.host).where(_is_due(is_by_touch), may_be_asked)
    return wanted.order_by(FeedRow.next_at, FeedRow.name).limit(bindparam("most", type_=Integer()))


@lru_cache(maxsize=2)
def _due_later(is_by_touch: bool) -> Any:
    return select(func.count()).select_from(FeedRow).where(_is_due(is_by_touch), ~_is_held())


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
    """Record how polls ended, each under its lease."""
    quiet: list[dict[str, object]] = []
    changed: list[dict[str, object]] = []
    for poll in polls:
        before, state = poll.due.state, poll.state
        mine = {"own_name": state.name, "own_lease": poll.due.lease, "touched_at": now}
        if _is_quiet(before, state):
            quiet.append(mine | {name: getattr(state, name) for name in _QUIET})
        else:
            changed.append(mine | _values(state))
        if poll.events:
            _record(tx, state.name, poll.events, now=now)
        if poll.poisons:
            _quarantine(tx, state.name, poll.poisons, now=now)
        if state.memory.url != before.memory.url:
            _rehost(tx, state)
    if quiet:
        tx.execute(_CLOSE_QUIET, quiet)
    if changed:
        tx.execute(_CLOSE, changed)


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
    """Leave a host alone until then, with everything that is fetched from it."""
    values = {"name": host, "hold_until": until}
    tx.execute(
        upsert(HostRow).values(values).on_conflict_do_update(index_elements=["name"], set_={"hold_until": until})
    )


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


def note_burst(tx: Tx, feed: str, *, until: datetime) -> None:
    """Note that a feed brought what its reader follows."""
    tx.execute(update(FeedRow).where(FeedRow.name == feed).values(burst_until=until))


def is_followed(tx: Tx, url: str, *, but: str) -> str | None:
    """Return the other feed that is polled at an address already, if there is one."""
    same = or_(FeedRow.location == url, FeedRow.url == url) & (FeedRow.name != but)
    return tx.scalar(select(FeedRow.name).where(same).limit(1))


def health(tx: Tx) -> tuple[FeedHealth, ...]:
    """Return how every feed does, by name."""
    rows = tx.execute(_with_holds().order_by(FeedRow.name))
    return tuple(_health(row) for row in rows)


def show(tx: Tx, name: str) -> FeedDetail | None:
    """Return everything known of a feed, or None where no poll or start has heard of it."""
    row = tx.execute(_with_holds().where(FeedRow.name == name)).first()
    if row is None:
        return None
    newest = select(EntryRow.first_seen, EntryRow.title).where(EntryRow.feed == name).order_by(EntryRow.n.desc())
    events = select(FeedEventRow.__table__).where(FeedEventRow.feed == name).order_by(FeedEventRow.n.desc())
    poisons = select(QuarantineRow.__table__).where(QuarantineRow.feed == name).order_by(QuarantineRow.at.desc())
    return FeedDetail(
        health=_health(row),
        entries=tx.scalar(select(func.count()).select_from(EntryRow).where(EntryRow.feed == name)) or 0,
        newest=tuple((each.first_seen, each.title) for each in tx.execute(newest.limit(10))),
        events=tuple((each.at, FeedEvent(kind=each.kind, text=each.text)) for each in tx.execute(events)),
        quarantined=tuple(
            Quarantined(at=each.at, reason=each.reason, raw=zlib.decompress(each.raw).decode())
            for each in tx.execute(poisons)
        ),
    )


def _with_holds() -> Any:
    return select(FeedRow.__table__, HostRow.hold_until.label("host_hold")).outerjoin(
        HostRow, HostRow.name == FeedRow.host
    )


def _health(row: Row[Any]) -> FeedHealth:
    return FeedHealth(state=_state(row, frozenset()), location=row.location, host_held_until=row.host_hold)


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


def _state(row: Row[Any], quarantined: frozenset[bytes]) -> FeedState:
    validators = Validators(
        etag=row.etag, last_modified=row.last_modified, body_hash=row.body_hash, url=row.validators_url
    )
    window = (row.window or b"") if row.may_delta else b""
    rhythm = Rhythm(
        new_times=row.new_times,
        new_at=row.new_at,
        usual_gap_s=row.usual_gap_s,
        posted=row.posted,
        burst_until=row.burst_until,
    )
    health = Health(
        failures=row.failures,
        failing_since=row.failing_since,
        gone_since=row.gone_since,
        is_down=row.is_down,
        is_silent=row.is_silent,
        told=SourceState(row.told) if row.told else None,
        gaps=row.gaps,
        is_malformed=row.is_malformed,
        changed_guids=row.changed_guids,
        error=row.error,
        problems=_load_problems(row.problems),
    )
    return FeedState(
        name=row.name,
        polls=row.polls,
        memory=FeedMemory(validators=validators, url=row.url, window=window, quarantined=quarantined),
        may_delta=row.may_delta,
        hints=_load_hints(row.hints),
        rhythm=rhythm,
        health=health,
        move=Move(to=row.move_to, since=row.move_since, times=row.move_times) if row.move_to else None,
        timed=row.timed,
        late=row.late,
        next_at=row.next_at,
        next_why=row.next_why,
        hold_until=row.hold_until,
        fresh_until=row.fresh_until,
        polled_at=row.polled_at,
        rung=Rung(row.rung) if row.rung else None,
    )


def _values(state: FeedState) -> dict[str, object]:
    """Return the columns of a state; `burst_until` belongs to `note_burst`, `location` and `host` to `sync`."""
    memory, rhythm, health, move = state.memory, state.rhythm, state.health, state.move
    validators = memory.validators
    return {
        "name": state.name,
        "url": memory.url,
        "etag": validators.etag,
        "last_modified": validators.last_modified,
        "validators_url": validators.url,
        "body_hash": validators.body_hash,
        "window": memory.window or None,
        "may_delta": state.may_delta,
        "hints": _dump_hints(state.hints),
        "polls": state.polls,
        "new_times": rhythm.new_times,
        "new_at": rhythm.new_at,
        "usual_gap_s": rhythm.usual_gap_s,
        "posted": rhythm.posted,
        "failures": health.failures,
        "failing_since": health.failing_since,
        "gone_since": health.gone_since,
        "is_down": health.is_down,
        "is_silent": health.is_silent,
        "told": health.told,
        "gaps": health.gaps,
        "is_malformed": health.is_malformed,
        "changed_guids": health.changed_guids,
        "timed": state.timed,
        "late": state.late,
        "error": health.error,
        "problems": json.dumps(health.problems, ensure_ascii=False) if health.problems else None,
        "move_to": move.to if move else None,
        "move_since": move.since if move else None,
        "move_times": move.times if move else 0,
        "polled_at": state.polled_at,
        "next_at": state.next_at,
        "next_why": state.next_why,
        "hold_until": state.hold_until,
        "fresh_until": state.fresh_until,
        "rung": state.rung,
    }


_QUIET = ("polls", "timed", "late", "polled_at", "next_at", "next_why", "hold_until", "fresh_until", "rung")


def _closing(columns: Iterable[str]) -> Any:
    """Return the statement that writes some columns of a state under its lease."""
    written: dict[str, Any] = {name: bindparam(name) for name in (*columns, "touched_at")}
    mine = (FeedRow.name == bindparam("own_name")) & (FeedRow.lease == bindparam("own_lease"))
    return update(FeedRow).where(mine).values(**written, lease=None, lease_until=None)


_NO_HINTS = Hints()


@lru_cache(maxsize=1024)
def _dump_hints(hints: Hints) -> str | None:
    if hints == _NO_HINTS:
        return None
    plain = asdict(hints) | {"skip_hours": sorted(hints.skip_hours), "skip_days": sorted(hints.skip_days)}
    return json.dumps(plain, ensure_ascii=False)


@lru_cache(maxsize=1024)
def _load_hints(text: str | None) -> Hints:
    if text is None:
        return _NO_HINTS
    raw = json.loads(text)
    sets = {"skip_hours": frozenset(raw["skip_hours"]), "skip_days": frozenset(raw["skip_days"])}
    return Hints(**{**raw, **sets})


@lru_cache(maxsize=1024)
def _load_problems(text: str | None) -> tuple[str, ...]:
    return tuple(json.loads(text)) if text else ()


_CLOSE = _closing(_values(FeedState(name="", next_at=datetime.min)).keys() - {"name"})  # noqa: DTZ901 (never stored)
_CLOSE_QUIET = _closing(_QUIET)

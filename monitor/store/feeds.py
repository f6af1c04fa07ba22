"""What is remembered of feeds: validators, next poll, failures.

In:  a transaction, feeds, what a poll gave.
Out: which feeds are due; whether a source's health changed.
Not here: fetching (sources/), entries (entries.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, or_, select, update

from monitor.model.feed import Feed, Validators
from monitor.store.engine import Tx, is_free
from monitor.store.tables import FeedRow

LONGEST_HOLD = timedelta(hours=25)  # a host's wish is capped at a day
LEASE = timedelta(minutes=5)  # longer than any poll may take, shorter than anybody would wait


@dataclass(frozen=True, slots=True, kw_only=True)
class DuePoll:
    """A feed whose turn it is, claimed."""

    name: str
    validators: Validators
    is_first: bool  # no poll of it has succeeded yet
    failures: int
    lease: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHealth:
    """How a feed does, for people."""

    name: str
    polls: int
    failures: int
    is_down: bool
    error: str | None
    polled_at: datetime | None
    next_at: datetime


def sync(tx: Tx, feeds: Sequence[Feed], *, now: datetime) -> None:
    """Make the table list the configured feeds: new ones are due at once, and one that moved is as good as new."""
    rows = {row.name: row.location for row in tx.execute(select(FeedRow.name, FeedRow.location))}
    for feed in feeds:
        location = feed.url or feed.folder or ""
        if feed.name not in rows:
            tx.execute(insert(FeedRow).values(name=feed.name, location=location, next_at=now))
        elif rows[feed.name] != location:
            fresh = {
                "location": location,
                "etag": None,
                "last_modified": None,
                "body_hash": None,
                "next_at": now,
                "hold_until": None,
                "failures": 0,
                "polls": 0,
            }
            tx.execute(update(FeedRow).where(FeedRow.name == feed.name).values(**fresh))
    gone = rows.keys() - {feed.name for feed in feeds}
    tx.execute(delete(FeedRow).where(FeedRow.name.in_(gone)))


def claim_due(tx: Tx, *, now: datetime, lease: str, everything: bool = False) -> tuple[DuePoll, ...]:
    """Claim every feed whose time has come (with `everything`, every feed), in order of their names.

    A feed whose host asked for a pause is left alone until that is over. One polled in the future is due: the clock was
    wrong then, and so is what it says of the next poll.
    """
    free = is_free(FeedRow.lease_until, now=now, longest=LEASE)
    free &= is_free(FeedRow.hold_until, now=now, longest=LONGEST_HOLD)
    due = free if everything else or_(FeedRow.next_at <= now, FeedRow.polled_at > now) & free
    rows = tx.execute(select(FeedRow).where(due).order_by(FeedRow.name)).all()
    tx.execute(
        update(FeedRow).where(FeedRow.name.in_([row.name for row in rows])).values(lease=lease, lease_until=now + LEASE)
    )
    return tuple(
        DuePoll(
            name=row.name,
            validators=Validators(etag=row.etag, last_modified=row.last_modified, body_hash=row.body_hash),
            is_first=row.polls == 0,
            failures=row.failures,
            lease=lease,
        )
        for row in rows
    )


def release_all(tx: Tx) -> None:
    """Void every lease: whoever held them died with the process that held the state."""
    tx.execute(update(FeedRow).values(lease=None, lease_until=None))


def finish(tx: Tx, poll: DuePoll, validators: Validators, *, now: datetime, next_at: datetime) -> bool:
    """Record a poll that worked. Returns whether the feed was reported down before."""
    was_down = tx.scalar(select(FeedRow.is_down).where(FeedRow.name == poll.name))
    fresh = {
        "etag": validators.etag,
        "last_modified": validators.last_modified,
        "body_hash": validators.body_hash,
        "polls": FeedRow.polls + 1,
        "failures": 0,
        "is_down": False,
        "error": None,
        "hold_until": None,
    }
    _close(tx, poll, fresh, now=now, next_at=next_at)
    return bool(was_down)


def fail(
    tx: Tx, poll: DuePoll, error: str, *, down_after: int, now: datetime, next_at: datetime, hold_until: datetime | None
) -> bool:
    """Record a poll that failed. Returns whether the feed is down from now on and was not before.

    hold_until: until when its host asked for a pause, if it did.
    """
    was_down = tx.scalar(select(FeedRow.is_down).where(FeedRow.name == poll.name))
    is_down = poll.failures + 1 >= down_after
    values = {"failures": poll.failures + 1, "is_down": is_down, "error": error, "hold_until": hold_until}
    _close(tx, poll, values, now=now, next_at=next_at)
    return is_down and not was_down


def health(tx: Tx) -> tuple[FeedHealth, ...]:
    """Return how every feed does, by name."""
    return tuple(
        FeedHealth(
            name=row.name,
            polls=row.polls,
            failures=row.failures,
            is_down=row.is_down,
            error=row.error,
            polled_at=row.polled_at,
            next_at=row.next_at,
        )
        for row in tx.execute(select(FeedRow).order_by(FeedRow.name))
    )


def _close(tx: Tx, poll: DuePoll, values: Mapping[str, object], *, now: datetime, next_at: datetime) -> None:
    mine = (FeedRow.name == poll.name) & (FeedRow.lease == poll.lease)
    ended = {"polled_at": now, "next_at": next_at, "lease": None, "lease_until": None}
    tx.execute(update(FeedRow).where(mine).values(**values, **ended))

"""Turns: in which order the entries that wait are judged, and claiming them.

In:  a transaction, a stage.
Out: places of entries, in turn; those of them that are free, leased.
Not here: which pages are read next, where order decides nothing (entries.py); judging (pipeline/assess.py).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, case, func, select

from monitor.store.engine import Tx
from monitor.store.entries import FREE, LEASE, WAITS, Stored, taken
from monitor.store.tables import EntryRow

# Entries that are looked up at once: who comes meanwhile waits for no more, on a busy machine for a second each.
# Looking through 10,000 that wait takes 30 ms, as long as judging one.
MOST: Final = 25
FLOOD: Final = 500  # entries of one feed that wait; one with more comes behind all others


def in_turn(tx: Tx, stage: str, *, now: datetime) -> Sequence[int]:
    """Return the entries that wait at `stage`, in the order in which they are to be judged; at most MOST.

    Asked for once for many: to find the first, all that wait are looked at. A feed that lists its whole archive anew
    keeps no other one waiting for all of it.
    """
    return tx.scalars(_IN_TURN, {"stage": stage, "now": now, "far": now + LEASE, "most": MOST}).all()


def claim(tx: Tx, places: Sequence[int], stage: str, *, now: datetime, lease: str) -> tuple[Stored, ...]:
    """Claim those of these entries that still wait at `stage`, in their order."""
    free = frozenset(tx.scalars(_FREE_ONES, {"places": places, "stage": stage, "now": now, "far": now + LEASE}))
    return taken(tx, [place for place in places if place in free], now=now, lease=lease)


# By date, then by address, whatever listed them first: of the feeds of one pass whichever answered, of two passes the
# one that was killed.
_TURN: Final = (
    func.coalesce(EntryRow.published, EntryRow.first_seen),
    func.coalesce(EntryRow.url, ""),
    EntryRow.first_seen,  # an edition comes after what it is one of
    EntryRow.guid,
    EntryRow.id,
)
_PLACE: Final = func.row_number().over(partition_by=EntryRow.feed, order_by=_TURN) - 1
_OF_FEED: Final = func.count().over(partition_by=EntryRow.feed)
_ROUND: Final = case((_OF_FEED > FLOOD, _PLACE + 1), else_=0)
_IN_TURN: Final = select(EntryRow.n).where(*WAITS, FREE).order_by(_ROUND, *_TURN).limit(bindparam("most"))
_FREE_ONES: Final = select(EntryRow.n).where(*WAITS, FREE, EntryRow.n.in_(bindparam("places", expanding=True)))

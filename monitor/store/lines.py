"""Lines: which lines the articles of a host have had, and under which titles.

In:  a transaction, hashes of lines (analysis/asides.py).
Out: the articles that had them.
Not here: what makes a line the host's own (analysis/asides.py).
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, select, tuple_
from sqlalchemy.dialects.sqlite import insert as upsert

from monitor.analysis.asides import MOST, REMEMBERED, SIGHTINGS, Sighting
from monitor.store.engine import CHUNK, Tx
from monitor.store.tables import ArticleRow, LineRow

FORGOTTEN: Final = 2 * MOST  # rows at a time that are too old: more than one article brings

# Made once, as they are asked for every article.
_SEEN: Final = (
    select(LineRow.hash, LineRow.seen_at, ArticleRow.title, ArticleRow.language)
    .join(ArticleRow, ArticleRow.entry == LineRow.entry)
    .where(LineRow.host == bindparam("at"), LineRow.hash.in_(bindparam("some", expanding=True)))
    .where(LineRow.seen_at < bindparam("before"), LineRow.seen_at >= bindparam("since"))
    .order_by(LineRow.seen_at.desc(), LineRow.entry)
    .limit(CHUNK)
)
_PUT: Final = upsert(LineRow).on_conflict_do_nothing()
_OLD: Final = (
    select(LineRow.host, LineRow.hash, LineRow.entry).where(LineRow.seen_at < bindparam("before")).limit(FORGOTTEN)
)
_FORGET: Final = delete(LineRow).where(tuple_(LineRow.host, LineRow.hash, LineRow.entry).in_(_OLD))


def seen(tx: Tx, host: str, hashes: Collection[int], *, before: datetime) -> dict[int, tuple[Sighting, ...]]:
    """Return by hash the articles of a host that had a line in the 90 days before a moment, the newest first.

    What was seen in that very moment does not count: it was listed together and may be read in any order.
    """
    asked = {"at": host, "some": sorted(hashes), "before": before, "since": before - REMEMBERED}
    found: dict[int, tuple[Sighting, ...]] = {}
    for row in tx.execute(_SEEN, asked):
        earlier = found.get(row.hash, ())
        if len(earlier) < SIGHTINGS:
            sighting = Sighting(title=row.title, language=row.language, seen_at=row.seen_at)
            found[row.hash] = (*earlier, sighting)
    return found


def put(tx: Tx, n: int, host: str, hashes: Collection[int], *, seen_at: datetime) -> None:
    """Note that an article of a host has these lines; twice equals once. Forgets some that are too old."""
    if not hashes:
        return
    rows = [{"host": host, "hash": line, "entry": n, "seen_at": seen_at} for line in sorted(hashes)]
    tx.execute(_PUT, rows)
    tx.execute(_FORGET, {"before": seen_at - REMEMBERED})

"""Editions: entries that their feed lists otherwise than before, to be read and judged once more.

In:  a transaction, entries that were edited, as they are listed now.
Out: further entries, under guids that no feed can list; what else stands at an entry's address.
Not here: what an edit is (analysis/identity.py), whether an edition says anything new (analysis/).

A feed may list an entry otherwise at each poll: a counter in its summary is enough. So an entry has few editions, and
none soon after another one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, select

from monitor.analysis.identity import KnownEntry
from monitor.model.article import EDITION, Entry
from monitor.model.ids import make_id
from monitor.store.engine import CHUNK, Tx
from monitor.store.tables import EntryRow

MARK: Final = EDITION  # sources/listed.py makes one line of every guid
MOST: Final = 3  # of one entry
MOST_VERSIONS: Final = 50  # of what stands at one address
APART: Final = timedelta(hours=1)  # between two editions of one entry; the first one comes with the first edit


@dataclass(frozen=True, slots=True)
class _Earlier:
    """What an entry or an edition of it has come to."""

    is_read: bool
    first_seen: datetime


def is_edition(entry: Entry) -> bool:
    """Return whether an entry is an edition of another one."""
    return MARK in entry.guid


def due(tx: Tx, edited: Sequence[tuple[KnownEntry, Entry]]) -> tuple[Entry, ...]:
    """Return the editions to store of entries with a page, each as it is listed now.

    What nobody has read yet needs none: it will be read as it is listed now.
    """
    paged = [(known.listed.guid, entry) for known, entry in edited if entry.url and not (entry.text or entry.html)]
    names = {(entry.feed, guid): [_id(entry.feed, guid, number) for number in range(MOST + 1)] for guid, entry in paged}
    earlier = _earlier(tx, sorted({each for ids in names.values() for each in ids}))
    found: dict[str, Entry] = {}
    for guid, entry in paged:
        before = [earlier[each] for each in names[entry.feed, guid] if each in earlier]
        if _is_due(before, entry.first_seen):
            name = _guid(guid, len(before))
            edition = replace(entry, id=make_id("entry", entry.feed, name), guid=name, is_first_poll=False)
            found[edition.id] = edition
    return tuple(found.values())


def at_address(tx: Tx, entry: Entry) -> frozenset[int]:
    """Return the entries, the last ones, that stand at an entry's address and were had from the same host."""
    asked = {"url_key": entry.url_key, "host": entry.host}
    return frozenset(tx.scalars(_AT_ADDRESS, asked)) if entry.url_key else frozenset()


_AT_ADDRESS = (
    select(EntryRow.n)
    .where(EntryRow.url_key == bindparam("url_key"), EntryRow.host == bindparam("host"))
    .order_by(EntryRow.n.desc())
    .limit(MOST_VERSIONS)
)


def _is_due(before: Sequence[_Earlier], now: datetime) -> bool:
    """Return whether an entry may have one more edition; before: itself and its editions, the oldest first."""
    if not 0 < len(before) <= MOST or not all(each.is_read for each in before):
        return False
    return len(before) == 1 or now - before[-1].first_seen >= APART


def _earlier(tx: Tx, ids: Sequence[str]) -> dict[str, _Earlier]:
    found: dict[str, _Earlier] = {}
    for at in range(0, len(ids), CHUNK):
        wanted = select(EntryRow.id, EntryRow.stage, EntryRow.first_seen).where(EntryRow.id.in_(ids[at : at + CHUNK]))
        found |= {row.id: _Earlier(row.stage != "listed", row.first_seen) for row in tx.execute(wanted)}
    return found


def _guid(guid: str, number: int) -> str:
    return f"{guid}{MARK}{number}" if number else guid


def _id(feed: str, guid: str, number: int) -> str:
    return make_id("entry", feed, _guid(guid, number))

"""Stories: articles of one watch on one event.

In:  a transaction, stories as analysis/stories.py shapes them.
Out: the stories an article may belong to; who reports a story.
Not here: deciding which story an article belongs to.

A story that was merged into another one stays, and points there: whatever names it is answered by the other.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import BindParameter, Row, bindparam, delete, func, select, text, update
from sqlalchemy.dialects.sqlite import insert as upsert

from monitor.analysis.origins import claimed_host
from monitor.analysis.stories import Spread
from monitor.errors import MonitorError
from monitor.model.article import Reader
from monitor.model.judgement import Outcome
from monitor.model.story import Carrier, Story
from monitor.store import codec
from monitor.store.engine import CHUNK, Tx
from monitor.store.tables import EPOCH, AlertRow, ArticleRow, DecisionRow, EntryRow, SpreadRow, StoryRow, StoryWordRow

CANDIDATES: Final = (
    4  # stories that an article is held against; with 2 or all of them the same 370 were placed the same
)
CLOSED_AT_ONCE: Final = 5  # old stories whose words are forgotten while another one is written
_CARRIERS_AT_HAND: Final = 4_096  # of a story, asked for with each of its articles
MOST_NAMED: Final = 5  # stories that are named where a shortened id may mean several


class StoryError(MonitorError):
    """A story cannot be found, or not changed as asked; the words say why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An article of a story: what it can be named by, and what it repeats."""

    n: int
    entry: str
    story: str  # that it was placed in; it may have been merged since
    url: str | None
    url_key: str | None
    title: str
    copy_of: str | None
    at: datetime  # when it was placed


def spread(tx: Tx, watch: str, terms: Iterable[str]) -> Spread:
    """Return in how many open stories of a watch each of these words stands."""
    rows = tx.execute(_HOLDERS, {"watch": watch, "terms": json.dumps(sorted(set(terms)))}).all()
    total = tx.scalar(_OPEN, {"watch": watch}) or 0
    return Spread(total=total, holders={term: stories for term, stories in rows})  # noqa: C416  # rows are no pairs


# One parameter however many words: to write out a hundred takes longer than to look them up.
_HOLDERS: Final = text("""
    SELECT term, stories FROM json_each(:terms) CROSS JOIN spread ON watch = :watch AND term = value
""")
_OPEN: Final = select(func.count()).where(StoryRow.watch == bindparam("watch"), StoryRow.is_open)


def having(tx: Tx, watch: str, rarity: Mapping[str, float], *, since: datetime) -> tuple[Story, ...]:
    """Return the open stories of a watch that moved since then and have most of these words, by what they tell.

    rarity: word -> how much it tells.
    """
    told = [(term, round(1e6 * rarity[term] ** 2)) for term in sorted(rarity)]  # whole: sums in any order are equal
    best = tx.scalars(_HAVING, {"watch": watch, "told": json.dumps(told)}).all()
    return tuple(map(_as_story, tx.execute(_MOVED, {"ids": best, "since": since})))


# A dozen words may stand in ten thousand stories: counted where they are, they need not all be fetched.
_HAVING: Final = text(f"""
    WITH asked AS MATERIALIZED (
        SELECT json_extract(value, '$[0]') AS term, json_extract(value, '$[1]') AS told FROM json_each(:told)
    )
    SELECT story FROM asked CROSS JOIN story_word AS w ON w.watch = :watch AND w.term = asked.term
    GROUP BY story ORDER BY sum(told) DESC, story LIMIT {CANDIDATES}
""")  # noqa: S608  # nothing but a number of our own is put in


_MOVED: Final = (
    select(StoryRow.__table__)
    .where(StoryRow.id.in_(bindparam("ids", expanding=True)), StoryRow.updated >= bindparam("since"))
    .order_by(StoryRow.id)
)


def get(tx: Tx, story: str) -> Story | None:
    """Return a story, or the one that it was merged into."""
    row = tx.execute(_story().where(StoryRow.id == survivor(tx, story))).first()
    return None if row is None else _as_story(row)


def is_known(tx: Tx, story: str) -> bool:
    """Whether a story has or had this id."""
    return tx.scalar(select(StoryRow.id).where(StoryRow.id == story)) is not None


def survivor(tx: Tx, story: str) -> str:
    """Return the id under which a story goes on: its own, or that of the one it was merged into."""
    return tx.scalar(select(StoryRow.merged_into).where(StoryRow.id == story)) or story


def family(tx: Tx, story: str) -> tuple[str, ...]:
    """Return the ids of a story and of all that were merged into it, its own first."""
    return (story, *tx.scalars(_MERGED, {"into": story}))


_MERGED: Final = select(StoryRow.id).where(StoryRow.merged_into == bindparam("into")).order_by(StoryRow.id)


def one_named(tx: Tx, ref: str) -> str:
    """Return the id under which the story goes on that an id names, which may be shortened. Raises StoryError."""
    sought = ref.lower()
    goes_on_as = func.coalesce(StoryRow.merged_into, StoryRow.id)
    named = StoryRow.id.between(sought, f"{sought}g")  # ids are hex digits, and g comes after them all
    found = tx.scalars(select(goes_on_as).where(named).distinct().order_by(goes_on_as).limit(MOST_NAMED)).all()
    if not found:
        raise StoryError(f"there is no story {ref!r}; `monitor story list` shows them")
    if len(found) > 1:
        raise StoryError(f"{ref!r} may be any of {', '.join(found)}; write more of it")
    return found[0]


def members(tx: Tx, story: str) -> tuple[Member, ...]:
    """Return the articles of a story and of all that were merged into it, in the order they were first seen in."""
    rows = tx.execute(
        select(EntryRow.n, EntryRow.id, EntryRow.url, EntryRow.url_key, ArticleRow.title)
        .add_columns(DecisionRow.story, DecisionRow.duplicate_of, DecisionRow.at)
        .join(DecisionRow, DecisionRow.entry == EntryRow.n)
        .join(ArticleRow, ArticleRow.entry == EntryRow.n)
        .where(DecisionRow.story.in_(family(tx, story)))
        .order_by(EntryRow.first_seen, EntryRow.n)
    )
    return tuple(
        Member(
            n=row.n,
            entry=row.id,
            story=row.story,
            url=row.url,
            url_key=row.url_key,
            title=row.title,
            copy_of=row.duplicate_of,
            at=row.at,
        )
        for row in rows
    )


def of_entry(tx: Tx, n: int, watch: str) -> str | None:
    """Return the story an entry was placed in, or the one that this was merged into."""
    story = tx.scalar(select(DecisionRow.story).where(DecisionRow.entry == n, DecisionRow.watch == watch))
    return None if story is None else survivor(tx, story)


def ensure(tx: Tx, story: Story) -> None:
    """Store a story if it is new, so that decisions can refer to it; one that is there stays as it is."""
    fresh = tx.execute(upsert(StoryRow).values(_values(story) | {"is_open": True}).on_conflict_do_nothing())
    if fresh.rowcount:
        _index(tx, story.watch, story.id, gone=(), come=story.terms)


def put(tx: Tx, story: Story, *, close_before: datetime) -> None:
    """Store a story as it stands now; forget the words of a few that have not moved since `close_before`.

    One that was merged into another meanwhile stays as it is.
    """
    before = tx.execute(_story().where(StoryRow.id == story.id)).one()
    if before.merged_into is not None:
        return
    held = codec.load_weights(before.terms) if before.is_open else {}
    _index(tx, story.watch, story.id, gone=held.keys() - story.terms.keys(), come=story.terms.keys() - held.keys())
    # Its id stays out of it: where that is set, if only to itself, SQLite looks through all rows that may refer to it.
    now = {name: value for name, value in _values(story).items() if name != "id"}
    tx.execute(update(StoryRow).where(StoryRow.id == story.id).values(now | {"is_open": True}))
    old = StoryRow.is_open & (StoryRow.watch == story.watch) & (StoryRow.updated < close_before)
    for row in tx.execute(_story().where(old).order_by(StoryRow.updated).limit(CLOSED_AT_ONCE)).all():
        _close(tx, _as_story(row))


def merge(tx: Tx, merged: Story, other: Story) -> None:
    """Store `merged`, which is two stories as one, and let `other` and all that were merged into it point there."""
    _close(tx, other)
    mine = (StoryRow.id == other.id) | (StoryRow.merged_into == other.id)
    tx.execute(update(StoryRow).where(mine).values(merged_into=merged.id))
    put(tx, merged, close_before=EPOCH)


def split(tx: Tx, rest: Story, fresh: Story, *, ids: Collection[str], leaving: Collection[int]) -> None:
    """Store `rest` and `fresh`, which are one story as two; the entries at these places are of `fresh` from now on.

    fresh: a new story, or one that was merged into the other and goes on by itself.
    ids: of those that were merged into the one and now go with `fresh`, with their entries as they are.
    Alerts stay with the story that they were told of: revisions are counted there, and no two may have the same.
    """
    ensure(tx, fresh)
    tx.execute(update(StoryRow).where(StoryRow.id.in_(ids)).values(merged_into=fresh.id))
    tx.execute(update(StoryRow).where(StoryRow.id == fresh.id).values(merged_into=None))
    for places in _chunks(sorted(leaving)):
        these = DecisionRow.entry.in_(places) & (DecisionRow.watch == rest.watch)
        tx.execute(update(DecisionRow).where(these).values(story=fresh.id))
    for story in (rest, fresh):
        put(tx, story, close_before=EPOCH)


def _chunks(places: Sequence[int]) -> Iterator[Sequence[int]]:
    return (places[at : at + CHUNK] for at in range(0, len(places), CHUNK))


def _close(tx: Tx, story: Story) -> None:
    """Forget the words of a story that is open: it is found by its id alone then."""
    is_open = tx.scalar(select(StoryRow.is_open).where(StoryRow.id == story.id))
    if is_open:
        _index(tx, story.watch, story.id, gone=story.terms, come=())
        tx.execute(update(StoryRow).where(StoryRow.id == story.id).values(is_open=False))


def _index(tx: Tx, watch: str, story: str, *, gone: Iterable[str], come: Iterable[str]) -> None:
    lost, fresh = sorted(gone), sorted(come)
    if lost:
        tx.execute(_FORGET, [{"w": watch, "t": term, "s": story} for term in lost])
        tx.execute(_LESS, [{"w": watch, "t": term} for term in lost])
        tx.execute(_NONE_LEFT, {"watch": watch, "terms": lost})
    if fresh:
        tx.execute(upsert(StoryWordRow), [{"watch": watch, "term": term, "story": story} for term in fresh])
        tx.execute(_MORE, [{"watch": watch, "term": term, "stories": 1} for term in fresh])


_FORGET: Final = delete(StoryWordRow).where(
    StoryWordRow.watch == bindparam("w"), StoryWordRow.term == bindparam("t"), StoryWordRow.story == bindparam("s")
)
_LESS: Final = (
    update(SpreadRow)
    .where(SpreadRow.watch == bindparam("w"), SpreadRow.term == bindparam("t"))
    .values(stories=SpreadRow.stories - 1)
)
_NONE_LEFT: Final = delete(SpreadRow).where(
    SpreadRow.watch == bindparam("watch"),
    SpreadRow.term.in_(bindparam("terms", expanding=True)),
    SpreadRow.stories <= 0,
)
_COUNTED: Final = upsert(SpreadRow)
_MORE: Final = _COUNTED.on_conflict_do_update(
    index_elements=[SpreadRow.watch, SpreadRow.term], set_={"stories": SpreadRow.stories + _COUNTED.excluded.stories}
)


def _story() -> Any:
    return select(StoryRow.__table__)


def _as_story(row: Row[Any]) -> Story:
    return Story(
        id=row.id,
        watch=row.watch,
        title=row.title,
        terms=codec.load_weights(row.terms),
        articles=row.articles,
        created=row.created,
        updated=row.updated,
    )


def _values(story: Story) -> dict[str, object]:
    return {
        "id": story.id,
        "watch": story.watch,
        "title": story.title,
        "terms": codec.dump(dict(story.terms)),
        "articles": story.articles,
        "created": story.created,
        "updated": story.updated,
    }


def carriers(tx: Tx, family: Sequence[str]) -> tuple[Carrier, ...]:
    """Return who reports a story, first judged first; a copy names what it copies."""
    return tuple(_carrier(*row) for row in tx.execute(_CARRIERS, {"family": family}).all())


def carriers_of(tx: Tx, watch: str, family: Sequence[str], entries: Iterable[str]) -> tuple[Carrier, ...]:
    """Return those of these entries that report a story of a watch, and what they copied, in the same order.

    Their number follows what is asked for, and not how many articles the story has.
    """
    asked = {"watch": watch, "family": json.dumps(family), "entries": json.dumps(sorted(set(entries)))}
    return tuple(_carrier(*row) for row in tx.execute(_CARRIERS_OF, asked).all())


_CARRIERS_OF: Final = text(f"""
    WITH RECURSIVE asked (id) AS (
        SELECT value FROM json_each(:entries)
        UNION
        SELECT d.duplicate_of FROM asked CROSS JOIN entry AS e ON e.id = asked.id
        CROSS JOIN decision AS d ON d.entry = e.n AND d.watch = :watch WHERE d.duplicate_of IS NOT NULL
    )
    SELECT e.id, e.outlet, e.host, e.url, d.duplicate_of, a.credits, a.reader
    FROM asked CROSS JOIN entry AS e ON e.id = asked.id
    CROSS JOIN decision AS d ON d.entry = e.n AND d.watch = :watch
    CROSS JOIN article AS a ON a.entry = e.n
    WHERE d.story IN (SELECT value FROM json_each(:family)) AND d.outcome != '{Outcome.UNREADABLE}'
    ORDER BY d.at, e.n
""")  # noqa: S608  # nothing but a word of our own is put in


def carrier_of(row: Row[Any]) -> Carrier:
    """Return the carrier that an entry is with its decision and its article."""
    return _carrier(row.id, row.outlet, row.host, row.url, row.duplicate_of, row.credits, row.reader)


@lru_cache(maxsize=_CARRIERS_AT_HAND)
def _carrier(
    entry: str, outlet: str, host: str, url: str | None, copy_of: str | None, named: str | None, reader: str
) -> Carrier:
    return Carrier(
        entry=entry,
        outlet=outlet,
        host=host,
        copy_of=copy_of,
        credits=tuple(codec.load_strings(named)) if named else (),
        claimed=claimed_host(url, host, Reader(reader)),
    )


def alerts(tx: Tx, family: Sequence[str]) -> int:
    """Return how many alerts a story has had; the last one's number, where others went off with a story of their own.

    The next alert is one more: that number stands in its id, which no other alert may have.
    """
    count, last = tx.execute(_ALERTS, {"family": family}).one()
    return max(count, last or 0)


_FAMILY: Final[BindParameter[Any]] = bindparam("family", expanding=True)
_CARRIERS: Final = (
    select(EntryRow.id, EntryRow.outlet, EntryRow.host, EntryRow.url, DecisionRow.duplicate_of)
    .add_columns(ArticleRow.credits, ArticleRow.reader)
    .join(DecisionRow, DecisionRow.entry == EntryRow.n)
    .join(ArticleRow, ArticleRow.entry == EntryRow.n)
    .where(DecisionRow.story.in_(_FAMILY), DecisionRow.outcome != Outcome.UNREADABLE)
    .order_by(DecisionRow.at, EntryRow.n)
)
_ALERTS: Final = select(func.count(), func.max(AlertRow.revision)).where(AlertRow.story.in_(_FAMILY))

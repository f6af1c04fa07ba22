"""Stories: articles of one watch on one event.

In:  a transaction, stories as analysis/stories.py shapes them.
Out: the stories an article may belong to; who reports a story.
Not here: deciding which story an article belongs to.
"""

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from monitor.model.judgement import Outcome
from monitor.model.story import Carrier, Story
from monitor.store import codec
from monitor.store.engine import Tx
from monitor.store.tables import AlertRow, DecisionRow, EntryRow, StoryRow

MOST = 500  # open stories of a watch that an article is held against, newest first


def open_stories(tx: Tx, watch: str, *, since: datetime, also: str | None) -> tuple[Story, ...]:
    """Return the stories of a watch that moved since then, newest first, and the one named, however old."""
    mine = (StoryRow.watch == watch) & ((StoryRow.updated >= since) | (StoryRow.id == also))
    rows = tx.execute(select(StoryRow.__table__).where(mine).order_by(StoryRow.updated.desc(), StoryRow.id).limit(MOST))
    return tuple(
        Story(
            id=row.id,
            watch=row.watch,
            title=row.title,
            terms=codec.load_weights(row.terms),
            articles=row.articles,
            created=row.created,
            updated=row.updated,
        )
        for row in rows
    )


def of_entry(tx: Tx, n: int, watch: str) -> str | None:
    """Return the story an entry was placed in."""
    return tx.scalar(select(DecisionRow.story).where(DecisionRow.entry == n, DecisionRow.watch == watch))


def ensure(tx: Tx, story: Story) -> None:
    """Store a story if it is new, so that decisions can refer to it; one that is there stays as it is."""
    tx.execute(upsert(StoryRow).values(_values(story)).on_conflict_do_nothing())


def put(tx: Tx, story: Story) -> None:
    """Store a story as it stands now."""
    tx.execute(update(StoryRow).where(StoryRow.id == story.id).values(_values(story)))


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


def carriers(tx: Tx, story: str) -> tuple[Carrier, ...]:
    """Return who reports a story, first one first; a copy names what it copies."""
    rows = tx.execute(
        select(EntryRow.id, EntryRow.outlet, EntryRow.host, DecisionRow.duplicate_of)
        .join(DecisionRow, DecisionRow.entry == EntryRow.n)
        .where(DecisionRow.story == story, DecisionRow.outcome != Outcome.UNREADABLE)
        .order_by(EntryRow.first_seen, EntryRow.n)
    )
    return tuple(Carrier(entry=row.id, outlet=row.outlet, host=row.host, copy_of=row.duplicate_of) for row in rows)


def alerts(tx: Tx, story: str) -> int:
    """Return how many alerts a story has had."""
    return tx.scalar(select(func.count()).select_from(AlertRow).where(AlertRow.story == story)) or 0


def count(tx: Tx) -> int:
    """Return how many stories there are."""
    return tx.scalar(select(func.count()).select_from(StoryRow)) or 0

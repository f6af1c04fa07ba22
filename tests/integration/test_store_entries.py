"""What the store tells of listed entries: whether its feed listed them before, whoever else lists what."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy.dialects import sqlite

from monitor.model.article import Entry
from monitor.model.feed import Feed
from monitor.pipeline.listing import entry_of
from monitor.sources.parse import parse_feed
from monitor.store import entries, turns
from monitor.store.engine import Store, Tx, open_store

NOW = datetime(2023, 6, 19, 12, tzinfo=UTC)
PAGE = "https://wire.example/live"
MANY = 2_000  # entries that one poll brings at most
PATIENCE_S = 3.0  # each of these took from 4 s to hours; now a tenth of this


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "state")
    yield opened
    opened.close()


def entry(
    guid: str, *, feed: str = "wire", link: str | None = PAGE, title: str = "Ferry Orla sinks", summary: str = ""
) -> Entry:
    return Entry(
        id=f"id-{guid}", feed=feed, guid=guid, url=link, url_key=link, title=title, summary=summary, outlet="O",
        host="wire.example", language="en", published=None, first_seen=NOW,
    )  # fmt: skip


def place(store: Store, *listed: Entry, feed: str = "wire") -> tuple[int, int, int, int]:
    """Return how many of a feed's were added, edited, renamed, known."""
    placed = store.write_now(lambda tx: entries.place(tx, listed))[feed]
    return len(placed.added), placed.edited, placed.renamed, placed.known


ARTICLE = entry("1", summary="The ferry Orla sank on Monday with 210 people aboard, its master said.")


# --- other feeds, other entries ---------------------------------------------------------------------------------------


def test_a_strangers_feed_hides_nothing_of_another_one(store: Store) -> None:
    """It may list a link as often as it likes, in the very same moment too."""
    without = replace(ARTICLE, guid="2", url=None, url_key=None)
    assert place(store, ARTICLE, without) == (2, 0, 0, 0)
    others = [replace(ARTICLE, feed="stranger", guid=f"{n}", title=f"{n}") for n in range(MANY)]
    words = [replace(without, feed="stranger", guid=f"w{n}", url_key=f"https://x.example/{n}") for n in range(MANY)]
    place(store, *others, *words, feed="stranger")
    again = [replace(each, guid=f"again {each.guid}") for each in (*others, *words)]
    assert place(store, *again, replace(ARTICLE, guid="new"), replace(without, guid="other")) == (0, 0, 2, 2)


def test_entries_at_one_link_that_are_listed_together_are_different_ones(store: Store) -> None:
    """What is listed under two guids is not one entry that changed its guid."""
    fire = "A fire in the market of {} killed several people on Monday, the police of the region said"
    gao, mopti, segou = (entry(name, title=fire.format(name)) for name in ("Gao", "Mopti", "Segou"))
    assert place(store, gao) == (1, 0, 0, 0)
    assert place(store, gao, mopti, segou) == (2, 0, 0, 1)
    assert place(store, gao, mopti, segou) == (0, 0, 0, 3)


def test_another_reading_under_a_new_guid_is_judged(store: Store) -> None:
    quake = "Magnitude {} earthquake off the coast of northern Chile"
    assert place(store, entry("1", title=quake.format("5.1"))) == (1, 0, 0, 0)
    assert place(store, entry("2", title=quake.format("5.2"))) == (1, 0, 0, 0)


def test_updates_without_a_link_are_all_stored(store: Store) -> None:
    for guid in "abc":
        assert place(store, entry(guid, link=None, title="Update")) == (1, 0, 0, 0)


def test_one_article_under_a_shared_guid_is_stored_once(store: Store) -> None:
    """Alone it goes by the same guid as beside the entry that it shares its own one with."""

    def listed(*names: str) -> list[Entry]:
        items = "".join(
            f"<item><guid>latest</guid><title>{name}</title><description>{name}</description>"
            f"<link>https://www.wire.example/{name}?utm_source=rss</link></item>"
            for name in names
        )
        parsed = parse_feed(f"<rss><channel>{items}</channel></rss>".encode(), "https://wire.example/", None)
        return [entry_of(Feed(name="wire"), each, now=NOW) for each in parsed.entries]

    assert place(store, *listed("Lund", "Orla")) == (2, 0, 0, 0)
    assert place(store, *listed("Lund")) == (0, 0, 0, 1)


def test_mass_edits_change_each_entry(store: Store) -> None:
    first = [entry(f"{n}", link=f"{PAGE}/{n}", title=f"Title {n}") for n in range(3)]
    place(store, *first)
    assert place(store, *(replace(each, summary="Edited.") for each in first)) == (0, 3, 0, 3)
    now = store.write_now(lambda tx: tx.exec_driver_sql("SELECT title, summary FROM entry ORDER BY n").all())
    assert now == [("Title 0", "Edited."), ("Title 1", "Edited."), ("Title 2", "Edited.")]


# --- what a stranger's feed may cost ----------------------------------------------------------------------------------


def filler(seed: int) -> list[str]:
    """Return MANY long texts that have hardly a word in common."""
    random = Random(seed)
    words = ["".join(random.choices("abcdefghijklmnop", k=6)) for _ in range(5_000)]
    return [" ".join(random.choices(words, k=714))[:5_000] for _ in range(MANY)]


@pytest.mark.parametrize(
    ("link", "is_renamed"),
    [("https://wire.example/live", True), ("https://wire.example/{n}", True), (None, True), (None, False)],
    ids=["one link, new guids", "own links, new guids", "no links, new guids", "no links, own guids"],
)
def test_the_writer_is_not_kept_busy_by_long_texts(store: Store, link: str | None, is_renamed: bool) -> None:
    for poll in range(2):
        listed = [
            entry(f"{poll}-{n}" if is_renamed else f"{n}", link=link and link.format(n=n), title=f"T {n}", summary=text)
            for n, text in enumerate(filler(poll))
        ]
        began = time.process_time()
        store.write_now(lambda tx, listed=listed: entries.knows_any(tx, listed))  # type: ignore[misc]
        assert place(store, *listed) == (MANY, 0, 0, 0)
        assert time.process_time() - began < PATIENCE_S


@pytest.mark.parametrize(
    ("question", "asked", "by"),
    [
        (entries._BY_LINK, [PAGE], "(url_key=?)"),
        (entries._BY_WORDS, [b"12345678"], "(listed_hash=?)"),
        (entries._BY_ID, ["1"], "(id=?)"),
    ],
)
@pytest.mark.parametrize("is_analysed", [False, True])
def test_known_entries_are_found_by_an_index(
    store: Store, question: Any, asked: Sequence[object], by: str, is_analysed: bool
) -> None:
    """By one that finds few: a feed's own one would bring up all that it ever listed."""
    place(store, *(entry(f"{n}", link=f"{PAGE}/{n}", title=f"{n}") for n in range(200)))

    def plan(tx: Tx) -> list[str]:
        if is_analysed:
            tx.exec_driver_sql("ANALYZE")
        state = question.compile(dialect=sqlite.dialect()).construct_expanded_state({"some": asked, "feeds": ["wire"]})
        rows = tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {state.statement}", state.positional_parameters)
        return [row[-1] for row in rows if "INDEX" in row[-1]]

    steps = store.write_now(plan)
    assert len(steps) == 1
    assert by in steps[0]


@pytest.mark.parametrize("question", [turns._IN_TURN, entries._LISTED_ONES])
def test_what_waits_is_found_by_the_index_of_what_waits(store: Store, question: Any) -> None:
    """A claim's cost follows the work in hand, not the archive."""
    place(store, *(entry(f"{n}", title=f"{n}") for n in range(200)))
    asked = {"stage": "listed", "now": 0, "far": 0, "most": 9, "busy": ["h"]}

    def plan(tx: Tx) -> list[str]:
        tx.exec_driver_sql("ANALYZE")
        state = question.compile(dialect=sqlite.dialect()).construct_expanded_state(asked)
        rows = tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {state.statement}", (None,) * len(state.positional_parameters))
        return [row[-1] for row in rows]

    assert any("ix_entry_waiting (stage=?" in step for step in store.write_now(plan))

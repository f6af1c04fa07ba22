"""A host's own lines, found out by what the store remembers of it."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from monitor.analysis.asides import REMEMBERED, SIGHTINGS, candidates
from monitor.model.article import Article, Reader
from monitor.model.feed import FeedEntry
from monitor.pipeline.aside import COUNTED, set_aside
from monitor.pipeline.desk import Desk
from monitor.pipeline.listing import entry_of
from monitor.store import entries, lines
from monitor.store.tables import LineRow
from monitor.telemetry.metrics import counted
from tests.article_samples import MAY_2
from tests.desk_samples import FEED, STORIES, claim_all, desk_of

BLURB = "Our desk answers letters from readers of the Tarvik Post every Friday"
HOST = "post.example"
LATER = "Sluice at Brenn opened\nThe sluice at Brenn was opened for boats after eleven years of building."


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = desk_of()
    yield made
    made.store.close()


def read(
    desk: Desk,
    story: str,
    *,
    day: float,
    host: str = HOST,
    reader: Reader = Reader.PAGE,
    guid: str = "",
    blurb: str = BLURB,
) -> Article:
    """Read a page as `read` does: judge its lines, and store them with it."""
    title, _, text = story.partition("\n")
    url = f"https://{host}/{guid or title.replace(' ', '-')}-{day}" if host else None
    now = MAY_2 + timedelta(days=day)
    entry = entry_of(FEED, FeedEntry(guid=f"{host} {title} {day} {guid}", url=url, title=title), now=now)
    entry = replace(entry, host=host)  # as a file's without an address: ""
    desk.store.write_now(lambda tx: entries.add(tx, [entry]))
    (stored,) = desk.store.write_now(lambda tx: claim_all(tx, "listed", now=now, lease="test"))
    page = Article(entry=entry, title=title, text=f"{text}\n{blurb}", language="en", reader=reader)
    cleared = asyncio.run(set_aside(desk, page))

    def write(tx: entries.Tx) -> None:
        entries.put_article(tx, stored, cleared.article, text_hash=entry.id)
        entries.put_prints(tx, stored.n, cleared.article, sketch=frozenset())
        cleared.put(tx, stored.n)

    desk.store.write_now(write)
    desk.store.write_now(write)  # a step may run twice
    return desk.store.write_now(lambda tx: entries.article(tx, stored.n))


def rows(desk: Desk) -> int:
    return desk.store.write_now(lambda tx: tx.scalar(select(func.count()).select_from(LineRow)) or 0)


def test_from_the_third_unrelated_story_on_a_hosts_line_is_set_aside(desk: Desk) -> None:
    """And stays in the text: it is not judged, and not lost."""
    read_so_far = [read(desk, story, day=day) for day, story in enumerate((*STORIES, LATER))]
    assert [each.aside for each in read_so_far] == [(), (), (1,), (1,)]
    assert BLURB in read_so_far[-1].text
    assert BLURB not in read_so_far[-1].body


def test_what_was_set_aside_is_counted(desk: Desk) -> None:
    before = counted(COUNTED)
    for day, story in enumerate((*STORIES, f"{LATER}\nShare this article")):
        read(desk, story, day=day)
    gained = {why: number - before.get(why, 0) for why, number in counted(COUNTED).items()}
    assert gained == {"repeated": 4, "phrase": 2}  # each was stored twice


def test_the_parts_of_a_live_blog_keep_the_line_that_all_of_them_have(desk: Desk) -> None:
    title, _, text = STORIES[0].partition("\n")
    for part in range(12):
        found = read(desk, f"{title}: part {part}\n{text}", day=part / 24)
        assert not found.aside
    assert rows(desk) == 2, "one sighting of each line is enough for one story"


def test_what_was_listed_together_may_be_read_in_any_order(desk: Desk) -> None:
    """So the lines of one poll's entries say nothing of each other."""
    for story in STORIES:
        assert not read(desk, story, day=1).aside
    assert read(desk, LATER, day=2).aside == (1,)


def test_hosts_do_not_know_each_others_lines(desk: Desk) -> None:
    for day, story in enumerate(STORIES[:2]):
        read(desk, story, day=day)
        read(desk, story, day=day, host="other.example")
    assert not read(desk, LATER, day=5, host="third.example").aside


def test_a_feed_that_links_to_a_host_cannot_speak_for_its_pages(desk: Desk) -> None:
    """Whoever lists another host's addresses with texts of his own would else hide lines of its articles."""
    for day, story in enumerate(STORIES):
        read(desk, story, day=day, reader=Reader.SUMMARY)
    assert not read(desk, LATER, day=5).aside
    assert read(desk, LATER, day=6, reader=Reader.SOURCE).aside == (1,)


def test_texts_of_nobodys_are_not_remembered(desk: Desk) -> None:
    for day, story in enumerate((*STORIES, LATER)):
        assert not read(desk, story, day=day, host="").aside
    assert rows(desk) == 0
    found = read(desk, LATER, day=9, host="", blurb="Leave a Reply")
    assert found.aside == (1,), "phrases need no host"


def test_lines_are_forgotten_after_ninety_days(desk: Desk) -> None:
    for day, story in enumerate(STORIES[:2]):
        read(desk, story, day=day)
    assert rows(desk) == 4
    found = read(desk, LATER, day=REMEMBERED.days + 3)
    assert not found.aside
    assert rows(desk) == 2, "those of the article alone"


def test_an_article_does_not_witness_against_itself(desk: Desk) -> None:
    """Read again, it finds its own line, and that of the only other article."""
    read(desk, STORIES[0], day=0)
    first = read(desk, STORIES[1], day=1)
    assert asyncio.run(set_aside(desk, replace(first, aside=()))).article.aside == ()


def test_only_the_newest_sightings_are_looked_at(desk: Desk) -> None:
    """A line that all entries of one long poll have had is not looked up in each of them."""
    for n in range(3 * SIGHTINGS):
        read(desk, STORIES[0], day=1, guid=str(n))
    read(desk, STORIES[1], day=2)
    hashes = candidates(read(desk, STORIES[2], day=2)).values()
    seen = desk.store.write_now(lambda tx: lines.seen(tx, HOST, hashes, before=MAY_2 + timedelta(days=3)))
    found = max(seen.values(), key=len)
    assert len(found) == SIGHTINGS
    assert found[0].title == STORIES[1].partition("\n")[0]

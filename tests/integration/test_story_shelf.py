"""Stories that people make one or take apart, beside the steps that place articles."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from sqlalchemy import select

from monitor.analysis.match import Matcher
from monitor.analysis.query import parse
from monitor.analysis.stories import WINDOW, terms_of
from monitor.model.embedding import Vector
from monitor.model.feed import FeedEntry
from monitor.model.judgement import Decision
from monitor.model.watch import Watch
from monitor.pipeline import shelf
from monitor.pipeline.desk import Baseline, Desk
from monitor.pipeline.listing import entry_of
from monitor.pipeline.passes import one_pass
from monitor.pipeline.read import read_waiting
from monitor.service.daemon import Daemon
from monitor.service.notify import Notifier
from monitor.store import entries, stories, story_views
from monitor.store.stories import StoryError
from monitor.store.story_views import Detail, Overview
from monitor.store.tables import DecisionRow, StoryRow
from tests.desk_samples import FEED, NOW, FaultyEmbedder, ListedSource, desk_of
from tests.newsroom import DAM, STRIKE

T = TypeVar("T")

FIRST, REWRITE, OTHER = DAM.first, DAM.rewrites[0], STRIKE.first
LAST = (
    "Ferries stay in port as Norhaven strike spreads\n"
    "Dockers at the port of Norhaven, whose strike over driverless cranes began on Monday, are joined by ferry crews.\n"
    "Peter Osk of the union spoke of 800 jobs; Seagate Terminals went to court."
)


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = desk_of(source=ListedSource(()))
    yield made
    made.store.close()


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def bring(desk: Desk, text: str, guid: str, *, minute: int = 0, host: str = "wire.example") -> None:
    """Store an article as a feed would have listed it."""
    title, _, body = text.partition("\n")
    listed = FeedEntry(guid=guid, title=title, text=body, url=f"https://{host}/{guid}", language="en")
    entry = entry_of(replace(FEED, outlet=None), listed, now=NOW + timedelta(minutes=minute))
    desk.store.write_now(lambda tx: entries.add(tx, [entry]))


def judge(desk: Desk) -> list[Decision]:
    """Let the steps decide all that waits."""
    found: list[Decision] = []
    done = one_pass(
        desk,
        everything=True,
        on_assessed=lambda each: found.extend(each.decisions),
        on_notice=lambda _: None,
        on_told=lambda _: None,
    )
    problems = run(done).problems
    assert problems == []
    return found


def tell(desk: Desk, *texts: str) -> list[str]:
    """Have articles judged one after the other; return their stories."""
    count = len(desk.store.write_now(lambda tx: tx.execute(select(DecisionRow.entry)).all()))
    for n, text in enumerate(texts, start=count):
        bring(desk, text, f"g{n}", minute=n, host=f"desk{n}.example")
    return [str(decision.story) for decision in judge(desk)]


def show(desk: Desk, ref: str) -> Detail:
    return desk.store.write_now(lambda tx: story_views.shown(tx, ref))


def listed(desk: Desk, **wanted: Any) -> tuple[Overview, ...]:
    asked = {"watch": None, "since": None, "limit": 50} | wanted
    return desk.store.write_now(lambda tx: story_views.listed(tx, **asked))


def titles(desk: Desk, story: str) -> list[str]:
    return [each.title for each in show(desk, story).timeline]


def title(text: str) -> str:
    return text.partition("\n")[0]


def entry_at(desk: Desk, story: str, place: int) -> str:
    return show(desk, story).timeline[place].entry


# --- merge ------------------------------------------------------------------------------------------------------------


def test_two_stories_become_one_that_both_ids_name(desk: Desk) -> None:
    dam, _, strike = tell(desk, FIRST, REWRITE, OTHER)
    done = run(shelf.merge(desk.store, strike, dam))
    assert (done.story, done.other, done.articles, done.title) == (dam, strike, 3, title(FIRST))
    both, by_old_id = show(desk, dam), show(desk, strike)
    assert titles(desk, dam) == [title(FIRST), title(REWRITE), title(OTHER)]
    assert replace(by_old_id, named=None) == both
    assert (both.named, by_old_id.named) == (None, strike)
    assert both.merged == ((strike, title(OTHER)),)
    assert [each.id for each in listed(desk)] == [dam]


def test_what_was_decided_and_told_stays_as_it_is(desk: Desk) -> None:
    dam, strike = tell(desk, FIRST, OTHER)
    before = desk.store.write_now(
        lambda tx: tx.execute(select(DecisionRow.__table__).order_by(DecisionRow.entry)).all()
    )
    told = [each.alert for story in (dam, strike) for each in show(desk, story).timeline]
    run(shelf.merge(desk.store, strike, dam))
    after = desk.store.write_now(lambda tx: tx.execute(select(DecisionRow.__table__).order_by(DecisionRow.entry)).all())
    assert before == after
    assert [each.alert for each in show(desk, dam).timeline] == told
    assert [alert.story for alert in told if alert] == [dam, strike]


def test_a_later_article_on_either_joins_the_one_and_counts_on(desk: Desk) -> None:
    """Its alert is the third of the story, and what is known of both is held against it."""
    dam, strike = tell(desk, FIRST, OTHER)
    run(shelf.merge(desk.store, strike, dam))
    assert tell(desk, STRIKE.developments[0], FIRST, DAM.developments[0]) == [dam] * 3
    last = show(desk, dam).timeline
    assert [each.alert.revision if each.alert else None for each in last] == [1, 1, 3, None, 4]
    assert [each.outcome for each in last] == ["alerted", "alerted", "alerted", "duplicate", "alerted"]


def test_ids_stay_answerable_through_chains_of_merges(desk: Desk) -> None:
    one, two, three = tell(desk, FIRST, OTHER, "Violins in Lund\nA symphony of violinists rehearsed in Lund at night.")
    run(shelf.merge(desk.store, one, two))
    run(shelf.merge(desk.store, one, three))  # an id of a merged story names what it went into
    assert {show(desk, ref).overview.id for ref in (one, two, three)} == {three}
    assert show(desk, three).overview.articles == 3
    assert [id_ for id_, _ in show(desk, three).merged] == sorted([one, two])


def test_merging_closes_no_other_story(desk: Desk) -> None:
    """One that moved before both began can still be joined, as it was before."""
    dam = tell(desk, FIRST)[0]
    later = replace(desk, now=lambda: NOW + timedelta(days=9))
    bring(later, OTHER, "x1", minute=9 * 1440)
    bring(later, "Violins in Lund\nA symphony of violinists rehearsed in Lund at night.", "x2", minute=9 * 1440)
    strike, violins = (str(each.story) for each in judge(later))
    run(shelf.merge(desk.store, violins, strike))
    assert tell(later, REWRITE) == [dam]


@pytest.mark.parametrize(("one", "into"), [("A", "A"), ("A", "nothing"), ("nothing", "A"), ("C", "A"), ("A", "ports")])
def test_what_cannot_be_one_is_refused_in_a_sentence(desk: Desk, one: str, into: str) -> None:
    watches = ("all", "ports")
    desk = replace(
        desk,
        watches={name: Watch(name=name, query="*:*") for name in watches},
        matcher=Matcher({name: parse("*:*", terms={}) for name in watches}),
        baselines={name: Baseline() for name in watches},
    )
    bring(desk, FIRST, "g1")
    bring(desk, OTHER, "g2")
    ids = {(each.watch, each.entry): str(each.story) for each in judge(desk)}
    (a, ports, c, _) = ids.values()
    run(shelf.merge(desk.store, c, a))
    refs = {"A": a, "C": c, "ports": ports, "nothing": "ffff"}
    before = listed(desk)
    with pytest.raises(StoryError, match=r"^.*(one story already|there is no story 'ffff'|is a story of watch).*$"):
        run(shelf.merge(desk.store, refs[one], refs[into]))
    assert listed(desk) == before


def test_a_shortened_id_that_may_be_several_is_refused_with_them(desk: Desk) -> None:
    dam, strike = tell(desk, FIRST, OTHER)
    with pytest.raises(StoryError, match=rf"may be any of {', '.join(sorted([dam, strike]))}"):
        show(desk, "")
    assert show(desk, dam[:4].upper()).overview.id == dam
    run(shelf.merge(desk.store, dam, strike))
    assert show(desk, "").overview.id == strike  # both are the same story now


# --- split ------------------------------------------------------------------------------------------------------------


def test_entries_get_a_story_of_their_own(desk: Desk) -> None:
    dam = tell(desk, FIRST, REWRITE, DAM.rewrites[1])[0]
    done = run(shelf.split(desk.store, dam, [entry_at(desk, dam, 1)[:6], "http://www.desk2.example/g2?utm_source=x"]))
    assert (done.story, done.articles, done.moved, done.copies) == (dam, 1, 2, 0)
    assert titles(desk, dam) == [title(FIRST)]
    assert titles(desk, done.new) == [title(REWRITE), title(DAM.rewrites[1])]
    assert {(each.id, each.title, each.articles) for each in listed(desk)} == {
        (done.new, title(REWRITE), 2), (dam, title(FIRST), 1),
    }  # fmt: skip


def test_both_stories_are_shaped_by_their_own_articles_alone(desk: Desk) -> None:
    """As if nobody had ever taken them for one: words, counts, dates, title."""
    tell(desk, FIRST)
    untouched = desk.store.write_now(lambda tx: tx.execute(select(StoryRow.terms, StoryRow.articles)).all())
    dam, strike = tell(desk, REWRITE)[0], tell(desk, OTHER)[0]
    run(shelf.merge(desk.store, strike, dam))
    done = run(shelf.split(desk.store, dam, [entry_at(desk, dam, 1), entry_at(desk, dam, 2)]))
    assert titles(desk, dam) == [title(FIRST)]
    rest = desk.store.write_now(
        lambda tx: tx.execute(select(StoryRow.terms, StoryRow.articles).where(StoryRow.id == dam)).all()
    )
    assert rest == untouched
    fresh = desk.store.write_now(lambda tx: stories.get(tx, done.new))
    members = desk.store.write_now(lambda tx: stories.members(tx, done.new))
    texts = [desk.store.write_now(lambda tx, n=each.n: entries.article(tx, n)) for each in members]
    assert fresh is not None
    assert fresh.terms.keys() <= terms_of(texts[0]).keys() | terms_of(texts[1]).keys()
    assert fresh.articles == 2


def test_copies_leave_with_what_they_repeat(desk: Desk) -> None:
    """And one that is named alone leaves alone."""
    dam = tell(desk, FIRST, REWRITE, REWRITE, REWRITE)[0]
    done = run(shelf.split(desk.store, dam, [entry_at(desk, dam, 1)]))
    assert (done.articles, done.moved, done.copies) == (1, 3, 2)
    alone = run(shelf.split(desk.store, done.new, [entry_at(desk, done.new, 2)]))
    assert (alone.articles, alone.moved, alone.copies) == (2, 1, 0)


def test_the_title_leaves_with_its_article(desk: Desk) -> None:
    dam = tell(desk, FIRST, REWRITE)[0]
    done = run(shelf.split(desk.store, dam, [entry_at(desk, dam, 0)]))
    assert (done.title, done.new_title) == (title(REWRITE), title(FIRST))


def test_a_merged_storys_title_stays_while_its_article_does(desk: Desk) -> None:
    """Even where an older article came in with a merge."""
    dam, strike = tell(desk, FIRST, OTHER)
    tell(desk, REWRITE)
    run(shelf.merge(desk.store, dam, strike))
    done = run(shelf.split(desk.store, strike, [entry_at(desk, strike, 2)]))
    assert (done.title, titles(desk, strike)[0]) == (title(OTHER), title(FIRST))


def test_a_merge_is_undone_by_a_split(desk: Desk) -> None:
    """As often as it is made: each story goes on as it was, under its own id."""
    dam, strike = tell(desk, FIRST, OTHER)
    before = desk.store.write_now(lambda tx: [stories.get(tx, id_) for id_ in (dam, strike)])
    for _ in range(3):
        run(shelf.merge(desk.store, strike, dam))
        done = run(shelf.split(desk.store, dam, [entry_at(desk, dam, 1)]))
        assert (done.new, done.new_title) == (strike, title(OTHER))
        assert (titles(desk, dam), titles(desk, strike)) == ([title(FIRST)], [title(OTHER)])
        assert desk.store.write_now(lambda tx: [stories.get(tx, id_) for id_ in (dam, strike)]) == before
    assert tell(desk, LAST, REWRITE) == [strike, dam]


def test_merged_stories_that_leave_whole_take_their_ids_with_them(desk: Desk) -> None:
    violins = "Violins in Lund\nA symphony of violinists rehearsed in Lund at night."
    dam, _, strike, music = tell(desk, FIRST, REWRITE, OTHER, violins)
    run(shelf.merge(desk.store, strike, dam))
    run(shelf.merge(desk.store, music, dam))
    both = run(shelf.split(desk.store, dam, [entry_at(desk, dam, 3), entry_at(desk, dam, 2)]))
    assert both.new == strike  # that of its first article
    assert show(desk, music).overview.id == strike
    run(shelf.merge(desk.store, music, dam))
    mixed = run(shelf.split(desk.store, dam, [entry_at(desk, dam, n) for n in (1, 2)]))
    assert mixed.new not in (dam, strike, music)
    assert [show(desk, id_).overview.id for id_ in (dam, strike, music)] == [dam, mixed.new, dam]
    assert titles(desk, strike) == [title(REWRITE), title(OTHER)]


def test_an_entry_that_is_split_off_again_gets_another_id(desk: Desk) -> None:
    """The id that it had first names a story that has other articles by now."""
    dam = tell(desk, FIRST, REWRITE, DAM.rewrites[1])[0]
    first = run(shelf.split(desk.store, dam, [entry_at(desk, dam, n) for n in (1, 2)])).new
    run(shelf.merge(desk.store, first, dam))
    again = run(shelf.split(desk.store, dam, [entry_at(desk, dam, 1)])).new
    assert again not in (dam, first)
    assert (titles(desk, again), titles(desk, first)) == ([title(REWRITE)], [title(FIRST), title(DAM.rewrites[1])])


def test_alerts_after_a_split_have_numbers_of_their_own(desk: Desk) -> None:
    """An alert's id holds its story and number: one that comes twice would not be sent."""
    dam, strike = tell(desk, FIRST, OTHER)
    run(shelf.merge(desk.store, strike, dam))
    tell(desk, DAM.developments[0])  # the third of the story
    run(shelf.split(desk.store, dam, [entry_at(desk, dam, 1)]))
    assert tell(desk, DAM.developments[1].replace("Prosecutors", "Velka dam: Brenna prosecutors")) == [dam]
    told = [each.alert for each in show(desk, dam).timeline]
    assert [(alert.story, alert.revision) for alert in told if alert] == [(dam, 1), (dam, 3), (dam, 4)]
    overview = show(desk, dam).overview
    assert overview.alerts == 3
    assert show(desk, strike).overview.alerts == 1  # it left with its article


@pytest.mark.parametrize("refs", [["0", "1", "2"], ["0"], ["https://desk0.example/g0"], ["other"], ["1", "ffff"]])
def test_what_cannot_be_split_is_refused_in_a_sentence(desk: Desk, refs: Sequence[str]) -> None:
    """No article would be left, copies included; or one is not of the story, and then none leaves."""
    dam, _, _, strike = tell(desk, FIRST, FIRST, FIRST, OTHER)
    meant = {str(n): entry_at(desk, dam, n) for n in range(3)} | {"other": entry_at(desk, strike, 0)}
    before = listed(desk)
    with pytest.raises(StoryError, match=r"^(story \w+ would keep no article: .*|'\w+' is no entry of story \w+)$"):
        run(shelf.split(desk.store, dam, [meant.get(ref, ref) for ref in refs]))
    assert listed(desk) == before


def test_a_story_that_changed_meanwhile_is_not_split(desk: Desk) -> None:
    """What was computed from its articles would be wrong."""
    dam, _, strike = tell(desk, FIRST, REWRITE, OTHER)

    async def both() -> None:
        splitting = asyncio.create_task(shelf.split(desk.store, dam, [entry_at(desk, dam, 1)]))
        merging = asyncio.create_task(shelf.merge(desk.store, strike, dam))
        await asyncio.gather(splitting, merging)

    with pytest.raises(StoryError, match="changed meanwhile; try again"):
        run(both())
    assert titles(desk, dam) == [title(FIRST), title(REWRITE), title(OTHER)]


# --- beside the steps -------------------------------------------------------------------------------------------------


def test_an_article_that_was_placed_before_a_merge_is_of_the_merged_story(desk: Desk) -> None:
    """Its decision keeps the id that it was placed under, which names the other one by then."""
    dam, strike = tell(desk, FIRST, OTHER)

    class Merging(FaultyEmbedder):
        def encode(self, sentences: Sequence[str]) -> list[Vector]:
            desk.store.write_now(lambda tx: shelf._merge(tx, strike, dam))
            return super().encode(sentences)

    assert tell(replace(desk, embedder=Merging("no such words")), LAST) == [strike]
    assert titles(desk, dam) == titles(desk, strike) == [title(FIRST), title(OTHER), title(LAST)]
    assert tell(desk, STRIKE.developments[0]) == [dam]  # nothing is found under the old id again


def test_the_daemon_changes_stories_between_two_articles(desk: Desk) -> None:
    """An article that is being judged was placed in a story as it was: written later, it would undo the merge."""
    dam, strike = tell(desk, FIRST, OTHER)
    judging, merging = threading.Event(), threading.Event()

    class Slow(FaultyEmbedder):
        def encode(self, sentences: Sequence[str]) -> list[Vector]:
            judging.set()
            assert merging.wait(20)
            return super().encode(sentences)

    async def work() -> None:
        slow = replace(desk, embedder=Slow("no such words"))
        daemon, stop = Daemon(slow, Notifier.from_environment({})), asyncio.Event()
        bring(desk, REWRITE, "rewrite", minute=5)
        await read_waiting(slow)
        running = asyncio.create_task(daemon.run(stop))
        await asyncio.to_thread(judging.wait, 20)
        merge = asyncio.create_task(daemon.merge(strike, dam))
        for _ in range(5):  # whatever a merge that did not wait would need
            await desk.store.write(lambda tx: None)
            await asyncio.sleep(0)
        merging.set()
        done = await merge
        stop.set()
        await running
        assert done.articles == 3

    run(work())
    found = desk.store.write_now(lambda tx: stories.get(tx, strike))
    assert found is not None
    assert (found.id, found.articles) == (dam, 3)
    assert {"brenna", "norhaven"} <= found.terms.keys()


# --- views ------------------------------------------------------------------------------------------------------------


def test_stories_are_listed_by_when_they_moved_last(desk: Desk) -> None:
    dam, strike = tell(desk, FIRST, OTHER)
    later = replace(desk, now=lambda: NOW + WINDOW)
    bring(later, FIRST, "late", minute=int(WINDOW.total_seconds() // 60))
    judge(later)
    assert [each.id for each in listed(desk)] == [dam, strike]
    assert [each.id for each in listed(desk, since=NOW + timedelta(days=1))] == [dam]
    assert [each.id for each in listed(desk, limit=1)] == [dam]
    assert [each.id for each in listed(desk, watch="all")] == [dam, strike]
    assert listed(desk, watch="ports") == ()
    found = listed(desk)[0]
    assert (found.articles, found.independent, found.alerts) == (2, 1, 1)  # the second is a copy
    assert found.outlets == ("desk0.example", "wire.example")
    assert found.updated - found.created == WINDOW

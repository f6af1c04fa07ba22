"""The step from articles to decisions: what is found out of which article, and what decides whether a word counts."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from desk_samples import FEED, NOW, STORIES, ListedSource, desk_of
from newsroom import TOPICS
from sqlalchemy import func, select

from monitor.analysis.closeness import middle_of
from monitor.analysis.known import known_sentences, parts_of
from monitor.analysis.match import Matcher
from monitor.analysis.query import parse
from monitor.model.article import Article
from monitor.model.feed import FeedEntry
from monitor.model.judgement import Decision, Outcome, Reason
from monitor.model.story import Carrier
from monitor.model.watch import KnownText, Term, Told, Watch
from monitor.pipeline import knowledge
from monitor.pipeline.assess import assess_waiting
from monitor.pipeline.desk import Baseline, Desk
from monitor.pipeline.listing import entry_of
from monitor.pipeline.read import read_waiting
from monitor.store import decisions, entries, stories
from monitor.store.tables import FingerprintRow, LineRow

FERRY, MAYOR, BEARS = STORIES
FRENCH = (
    "Le ferry Orla coule au large de Tarvik\nLe ferry Orla a coulé lundi avec 210 personnes à bord, a déclaré le "
    "commandant. Les secours cherchent encore des survivants dans les eaux froides du fjord."
)


def desk_for(query: str, *, terms: Sequence[Term] = (), baseline: Baseline | None = None) -> Desk:
    read = parse(query, terms={term.name: term for term in terms})
    return replace(
        desk_of(source=ListedSource(())),
        watches={"w": Watch(name="w", query=query)},
        matcher=Matcher({"w": read}),
        baselines={"w": baseline or Baseline()},
        asks_language=read.asks_language,
    )


def decide(desk: Desk, *texts: str, language: str | None = None) -> list[Decision]:
    listed = [
        FeedEntry(guid=str(n), title=text.partition("\n")[0], text=text.partition("\n")[2], language=language)
        for n, text in enumerate(texts)
    ]
    made = [entry_of(FEED, each, now=NOW + timedelta(seconds=at)) for at, each in enumerate(listed)]
    desk.store.write_now(lambda tx: entries.add(tx, made))

    async def run() -> list[Decision]:
        await read_waiting(desk)
        return [decision async for assessed in assess_waiting(desk) for decision in assessed.decisions]

    return asyncio.run(run())


def articles(desk: Desk) -> list[Article]:
    return desk.store.write_now(lambda tx: [entries.article(tx, n) for n in (1, 2, 3)])


def count(desk: Desk, table: type) -> int:
    return desk.store.write_now(lambda tx: tx.scalar(select(func.count()).select_from(table))) or 0


def test_decisions_come_in_the_order_of_what_was_seen_whether_it_matches_or_not() -> None:
    found = decide(desk_for("mayor"), FERRY, MAYOR, BEARS)
    assert [each.outcome for each in found] == [Outcome.UNMATCHED, Outcome.ALERTED, Outcome.UNMATCHED]


def test_what_matches_nothing_leaves_nothing_but_its_text_and_its_decision() -> None:
    desk = desk_for("mayor")
    decide(desk, FERRY, BEARS)
    assert (count(desk, FingerprintRow), count(desk, LineRow)) == (0, 0)
    assert decide(desk, FERRY, BEARS) == []  # decided once
    kept = desk.store.write_now(lambda tx: [decisions.of_entry(tx, n)[0] for n in (1, 2)])
    assert [each.reason for each in kept] == [Reason.NO_MATCH, Reason.NO_MATCH]


def test_the_language_of_what_matches_is_found_out_and_that_of_the_rest_is_not() -> None:
    desk = desk_for("ferry")
    decide(desk, FRENCH, MAYOR, FERRY)
    assert [each.language for each in articles(desk)] == ["fr", "und", "en"]


def test_what_a_feed_says_of_the_language_holds() -> None:
    desk = desk_for("ferry")
    decide(desk, FRENCH, MAYOR, FERRY, language="nn")
    assert [each.language for each in articles(desk)] == ["nn", "nn", "nn"]


def test_a_query_for_a_language_gets_what_is_written_in_it() -> None:
    found = decide(desk_for("lang:fr"), FERRY, FRENCH)
    assert [each.outcome for each in found] == [Outcome.UNMATCHED, Outcome.ALERTED]


def test_a_name_that_stands_only_beside_the_article_asks_for_nobody() -> None:
    beside = f"{FERRY}\nSee also: Mayor Lund resigns over bribes"
    [found] = decide(desk_for("lund"), beside)
    assert found.outcome is Outcome.UNMATCHED


def test_lines_set_aside_are_kept_and_not_judged() -> None:
    desk = desk_for("ferry")
    [found] = decide(desk, f"{FERRY}\nShare this article\nLeave a comment")
    assert found.outcome is Outcome.ALERTED
    [kept] = desk.store.write_now(lambda tx: [entries.article(tx, 1)])
    assert "Share this article" in kept.text
    assert kept.aside == (1, 2)
    assert not any("Share" in each.sentence for each in found.sentences)


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("Orla sinks\nThe ferry sank off Tarvik with passengers aboard, the harbour said.", Outcome.ALERTED),
        ("Orla wins\nThe singer took the prize of the festival with a song on spring.", Outcome.UNMATCHED),
    ],
)
def test_an_ambiguous_word_counts_where_the_article_is_near_the_baseline(text: str, outcome: Outcome) -> None:
    known = KnownText(source="b", title="Ferry off Tarvik", text=FERRY, language="en", date=None, outlet="")
    term = Term(name="orla", any=("Orla",), closeness=0.35)
    desk = desk_for("term:orla", terms=[term], baseline=Baseline(texts=(known,), middle=middle_of([known])))
    [found] = decide(desk, text)
    assert found.outcome is outcome
    assert "closeness" in found.note


def test_a_near_word_counts_where_the_baseline_cannot_tell() -> None:
    """In another language nothing is near, and that is no reason to stay silent."""
    known = KnownText(source="b", title="Ferry off Tarvik", text=FERRY, language="en", date=None, outlet="")
    term = Term(name="orla", any=("Orla",), closeness=0.35)
    desk = desk_for("term:orla", terms=[term], baseline=Baseline(texts=(known,), middle=middle_of([known])))
    [found] = decide(desk, FRENCH)
    assert found.outcome is Outcome.ALERTED


def test_a_copy_is_held_against_what_its_own_watch_was_told() -> None:
    """The first carrier's headline lacks the word: to this reader the second one was the first."""
    carriers = [
        f"{title}\n{FERRY.partition(chr(10))[2]}" for title in ("Wreck off Tarvik", "Ferry sinks", "Ferry lost")
    ]
    found = decide(desk_for("title:ferry"), *carriers)
    assert [each.outcome for each in found] == [Outcome.UNMATCHED, Outcome.ALERTED, Outcome.DUPLICATE]
    assert found[2].duplicate is not None
    assert found[2].duplicate.of == found[1].entry


def test_two_headlines_over_one_empty_phrase_are_two_stories() -> None:
    found = decide(desk_for("*:*"), "Ministers meet in Tarvik\nRead more", "Army arrests mayor of Velka\nRead more")
    assert [each.outcome for each in found] == [Outcome.ALERTED, Outcome.ALERTED]


def test_lines_are_remembered_where_they_were_the_only_match() -> None:
    desk = desk_for("lund")
    decide(desk, f"{FERRY}\nSee also: Mayor Lund resigns over bribes\nMore from our desk in Tarvik")
    assert count(desk, LineRow) > 0


def test_what_stood_beside_a_told_article_is_not_known() -> None:
    """Nobody was told it: where it stands in an article, it is news."""
    desk = desk_for("*:*")
    decide(desk, f"{FERRY}\nSee also: Mayor Karin Lund of Velka resigns over bribes")
    (told,), _ = desk.store.write_now(
        lambda tx: decisions.told(tx, "w", family=(), since=NOW - timedelta(days=9), limit=9)
    )
    assert "Lund" not in told.text


def test_what_was_decided_meanwhile_is_not_decided_again() -> None:
    desk = desk_for("mayor")
    decide(desk, FERRY)
    assert desk.store.write_now(lambda tx: entries.close_all(tx, [1])) == frozenset()


def test_what_arrives_together_is_judged_alike_in_whatever_order_it_was_listed() -> None:
    """Oldest first by the dates they claim: else who is told, and of which story, would hang on a feed's mood."""
    texts = [*STORIES, f"Ferry Orla: divers find the wreck\n{FERRY.partition(chr(10))[2]} Divers found it.", FRENCH]
    listed = [
        FeedEntry(
            guid=str(n),
            title=text.partition("\n")[0],
            text=text.partition("\n")[2],
            published=NOW - timedelta(hours=9 - n),
        )
        for n, text in enumerate(texts)
    ]

    def run(order: Sequence[FeedEntry]) -> list[tuple[str, Outcome, str | None]]:
        desk = desk_for("*:*")
        desk.store.write_now(lambda tx: entries.add(tx, [entry_of(FEED, each, now=NOW) for each in order]))

        async def judged() -> list[tuple[str, Outcome, str | None]]:
            await read_waiting(desk)
            found = [each async for each in assess_waiting(desk)]
            return [(each.entry.title, d.outcome, d.story) for each in found for d in each.decisions]

        return asyncio.run(judged())

    assert run(listed) == run(listed[::-1]) == run([*listed[2:], *listed[:2]])


def test_what_the_reader_said_stands_before_all_else_however_long_ago() -> None:
    """A baseline that fills the room and ninety days do not push it out; of two equal sentences it is the evidence."""
    said = "The ferry Orla sank on Monday with 210 people aboard, the master Brandt said."
    gauges = "\n".join(f"Reading {n} of the gauge at Brenna stood {n} crowns above the mark." for n in range(2_100))
    texts = [said, gauges]
    known = [
        KnownText(source=f"{n}.txt", title="", text=text, language="en", date=None, outlet="")
        for n, text in enumerate(texts)
    ]
    sentences = known_sentences(known, {}, most=5_000)
    desk = desk_for("*:*", baseline=Baseline(texts=tuple(known), parts=parts_of(sentences)))
    statement = KnownText(
        source="", title="", text=f"{said} Ferry Orla sinks off Tarvik.", language="en", date=None, outlet=""
    )
    long_ago = NOW - timedelta(days=3_650)
    asyncio.run(knowledge.add(desk.store, Told.STATEMENT, [statement], watch="w", now=long_ago))
    [decision] = decide(desk, FERRY, language="en")
    assert (decision.outcome, decision.reason) == (Outcome.KNOWN, Reason.NOTHING_NEW)
    assert {each.nearest.outlet for each in decision.sentences if each.nearest} == {"your own statement"}
    assert {each.nearest.date for each in decision.sentences if each.nearest} == {long_ago}


def test_what_was_acknowledged_stays_known_when_the_rest_is_forgotten() -> None:
    """The same words in another order, half a year later, are another story's: what was told lately is known there."""
    desk = desk_for("*:*")
    later = replace(desk, now=lambda: NOW + timedelta(days=200))
    first, again = ("\n".join(" ".join(line.split()[::-1]) for line in each.split("\n")) for each in (FERRY, MAYOR))
    [ferry, mayor] = decide(desk, FERRY, MAYOR, language="en")
    assert ferry.alert is not None
    assert mayor.alert is not None
    for _ in range(2):
        done = asyncio.run(knowledge.acknowledge(desk.store, [ferry.alert.id[:9]], note="", now=NOW))
    assert [each.is_new for each in done.alerts] == [False]
    found = decide(later, FERRY, MAYOR, first, again, language="en")
    assert [each.outcome for each in found] == [Outcome.KNOWN, Outcome.ALERTED]
    assert {each.nearest.source for each in found[0].sentences if each.nearest} == {ferry.entry}
    assert found[0].story != ferry.story


def test_acknowledged_articles_leave_room_for_what_was_told_since() -> None:
    desk = desk_for("*:*")
    made = decide(desk, *STORIES, *(topic.first for topic in TOPICS), language="en")
    alerts = [each.alert.id for each in made if each.alert]
    asyncio.run(knowledge.acknowledge(desk.store, alerts, note="", now=NOW))
    told, _ = desk.store.write_now(lambda tx: decisions.told(tx, "w", family=(), since=NOW, limit=4))
    assert len(alerts) == 6
    assert len(told) == 4
    none, _ = desk.store.write_now(lambda tx: decisions.told(tx, "w", family=(), since=NOW + timedelta(1), limit=4))
    assert len(none) == 2
    assert [each.source for each in told][:2] == [each.source for each in none]


# --- who has it from whom ---------------------------------------------------------------------------------------------


def test_what_an_article_credits_is_kept_with_it() -> None:
    desk = desk_for("ferry")
    (found,) = decide(desk, FERRY.replace("The ferry Orla sank", "TARVIK (AP) - The ferry Orla sank"))
    assert found.story is not None
    (carrier,) = desk.store.write_now(lambda tx: stories.carriers(tx, [found.story or ""]))
    assert (carrier.entry, carrier.credits) == (found.entry, ("AP",))


def test_who_is_asked_for_comes_with_what_it_copied_and_with_nobody_else() -> None:
    desk = desk_for("ferry")
    first, copy, other = decide(desk, FERRY, FERRY, f"{FERRY} Divers found the wreck today.")
    assert copy.duplicate is not None
    assert first.story == copy.story == other.story is not None
    family = [first.story or ""]

    def of(family: Sequence[str], *asked: str) -> list[Carrier]:
        return list(desk.store.write_now(lambda tx: stories.carriers_of(tx, "w", family, asked)))

    every = list(desk.store.write_now(lambda tx: stories.carriers(tx, family)))
    assert of(family, copy.entry) == every[:2]
    assert of(family, other.entry, copy.entry, first.entry, "nobody") == every
    assert of(family) == of(["another"], copy.entry) == []


@pytest.mark.parametrize(("sentences", "is_taken_along"), [(6, False), (7, True)])
def test_a_text_is_of_the_story_of_what_it_copies_only_where_nearly_a_third_stands_there(
    sentences: int, is_taken_along: bool
) -> None:
    """A report on a strike with a stranger's paragraphs under it: .29 and .32 of its text stand in the other one."""
    dam, strike, _ = TOPICS
    other = "\n".join([dam.first, *dam.background.split("\n")[1:]])
    own = [line for text in (strike.first, *strike.developments, strike.rewrites[0]) for line in text.split("\n")[1:]]
    report = "\n".join([strike.first.split("\n")[0], *own, *other.split("\n")[1 : sentences + 1]])
    first, second = decide(desk_for("*:*"), other, report, language="en")
    assert second.duplicate is not None
    assert second.duplicate.of == first.entry
    assert (second.story == first.story) is is_taken_along

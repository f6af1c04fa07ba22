"""Contradictions: sources of one story that give other values for the same thing."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from article_samples import MAY_1, known_text

from monitor.analysis.claims import statements
from monitor.analysis.contradictions import RIVAL_FOR, Speaker, claims_of, disputes, weighed
from monitor.model.judgement import Change, Claim, Known, Relation
from monitor.model.story import Carrier
from monitor.model.watch import KnownText

NEW = "Rescuers said that 61 dockers died when the northern cranes of Tarvik collapsed."
OLD = "The police said that 34 dockers died when the northern cranes of Tarvik collapsed."
ALPHA = Carrier(entry="a", outlet="Alpha", host="alpha.example", copy_of=None)
BETA = Carrier(entry="b", outlet="Beta", host="beta.example", copy_of=None)
SPEAKER = Speaker(carrier=BETA, language="en", date=MAY_1, carriers=(ALPHA,))


def said(text: str, *, at: datetime = MAY_1) -> KnownText:
    return replace(known_text(text, source="a"), outlet="Alpha", date=at)


def disputed(quote: str, other: KnownText) -> tuple[Change, ...]:
    return disputes(statements([quote], [other], {}, "en"), SPEAKER)


def change(*, source: str = "a", at: datetime | None = MAY_1) -> Change:
    before = Known(text=OLD, source=source, outlet="Alpha", date=at)
    return Change(what="dockers died", was="34", now="61", before=before, sentence=NEW)


def relation(told: Change, speaker: Speaker = SPEAKER) -> Relation:
    (found,) = weighed([told], speaker)
    assert replace(found, relation=told.relation) == told
    return found.relation


@pytest.mark.parametrize("apart", [-RIVAL_FOR, timedelta(0), RIVAL_FOR])
def test_another_source_with_another_value_at_the_same_time_contradicts(apart: timedelta) -> None:
    assert relation(change(at=MAY_1 + apart)) is Relation.CONTRADICTS


@pytest.mark.parametrize("told", [change(at=MAY_1 - RIVAL_FOR - timedelta(minutes=1)), change(at=None)])
def test_what_is_older_was_so_and_is_so_no_more(told: Change) -> None:
    assert relation(told) is Relation.UPDATES


def test_what_the_baseline_says_is_older_whatever_its_date() -> None:
    assert relation(change(source="baseline/a.md")) is Relation.UPDATES


@pytest.mark.parametrize("own", [replace(BETA, host="alpha.example"), replace(BETA, copy_of="a")])
def test_a_source_does_not_contradict_itself(own: Carrier) -> None:
    assert relation(change(), replace(SPEAKER, carrier=own)) is Relation.UPDATES


def test_two_that_credit_one_agency_do_not_contradict_each_other() -> None:
    carriers = (replace(ALPHA, credits=("AP",)),)
    speaker = replace(SPEAKER, carrier=replace(BETA, credits=("AP",)), carriers=carriers)
    assert relation(change(), speaker) is Relation.UPDATES


def test_what_the_reader_was_not_told_of_is_held_against_it_too() -> None:
    (found,) = disputed(NEW, said(OLD))
    assert (found.was, found.now, found.relation) == ("34", "61", Relation.CONTRADICTS)
    assert (found.before.outlet, found.before.text, found.sentence) == ("Alpha", OLD, NEW)


def test_another_toll_of_the_same_event_is_heard_in_whatever_few_words() -> None:
    collapse = "At least 61 people were killed when the cranes of Tarvik harbour collapsed in June 2026, rescuers said."
    (found,) = disputed(collapse, said("In June 2026 the collapse killed 34 people in Tarvik."))
    assert (found.was, found.now, found.relation) == ("34", "61", Relation.CONTRADICTS)


def test_untold_older_values_and_other_things_are_no_dispute() -> None:
    assert disputed(NEW, said(OLD, at=MAY_1 - 2 * RIVAL_FOR)) == ()
    assert disputed(NEW, said("About 34 fishermen met at the church of Velka.")) == ()
    assert disputed(NEW, said(NEW)) == disputes(statements([], [said(OLD)], {}, "en"), SPEAKER) == ()


def test_what_others_say_is_told_with_what_it_is_to_the_new_sentence() -> None:
    told = weighed([change(), change(source="baseline/a.md")], SPEAKER)
    assert claims_of(told, SPEAKER) == (
        Claim(entry="a", outlet="Alpha", relation=Relation.CONTRADICTS, text=OLD, of=NEW),
    )


def told_as(was: str, now: str, before: str, sentence: str) -> Relation:
    known = Known(text=before, source="a", outlet="Alpha", date=MAY_1)
    return relation(Change(what="", was=was, now=now, before=known, sentence=sentence))


@pytest.mark.parametrize(
    ("was", "now", "before", "sentence"),
    [
        (
            "27",
            "25",
            "Police say 27 people were hurt in Tarvik.",
            "A ferry struck a pier in Tarvik, 25 people were hurt.",
        ),
        ("90", "100", "The blast in Tarvik killed two and hurt 90.", "The blast in Tarvik killed two and hurt 100."),
        ("$5", "$6", "The pier of Tarvik cost $5 million.", "The pier of Tarvik cost $6 million."),
        ("June", "July", "The harbour of Tarvik opens in June.", "The harbour of Tarvik opens in July."),
        ("30", "40", "The wreck lies 30 metres below Tarvik.", "The wreck lies 40 metres below Tarvik."),
    ],
)
def test_one_thing_that_both_plainly_count_is_disputed(was: str, now: str, before: str, sentence: str) -> None:
    now, was = now.removeprefix("$"), was.removeprefix("$")
    written = [f"{was} million", f"{now} million"] if "million" in before else [was, now]
    assert told_as(written[0], written[1], before, sentence) is Relation.CONTRADICTS


@pytest.mark.parametrize(
    ("was", "now", "before", "sentence"),
    [
        # two people, each of an age
        ("29", "21", "The 29-year-old singer mourned.", "The singer mourned 21-year-old Alleyne."),
        # two numbers of one sort in a sentence
        ("30", "35", "He sold 30 cranes and 12 cranes of Tarvik.", "He sold 35 cranes of Tarvik."),
        ("10", "12", "10 foreigners and 2 locals died in Tarvik.", "12 died in Tarvik."),
        # in other units, and of other fates
        ("30", "40", "The wreck of Tarvik lies 30 metres deep.", "The wreck of Tarvik lies 40 miles off."),
        ("30", "40", "In Tarvik 30 dockers died.", "In Tarvik 40 dockers were hurt."),
        # in sentences that have little in common
        ("30", "40", "Some 30 cranes were sold to a museum.", "Some 40 cranes fell on Monday in the storm."),
        ("30", "40", "The plague killed 30 in Tarvik.", "A derailed train in the hills of Orlin killed 40."),
        # where the sentence itself says that it was another number before
        ("30", "40", "In Tarvik 30 dockers died.", "In Tarvik the number of dockers who died rose to 40."),
        # that stand in neither sentence
        ("31", "40", "In Tarvik 30 dockers died.", "In Tarvik 40 dockers died."),
        ("30", "41", "In Tarvik 30 dockers died.", "In Tarvik 40 dockers died."),
    ],
)
def test_what_may_be_two_things_is_an_update_at_most(was: str, now: str, before: str, sentence: str) -> None:
    assert told_as(was, now, before, sentence) is Relation.UPDATES


def test_sentences_without_a_telling_word_dispute_nothing() -> None:
    assert told_as("5", "6", "5 or so.", "6 or so.") is Relation.UPDATES

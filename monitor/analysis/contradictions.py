"""Contradictions: sources of one story that give other values for the same thing.

In:  the changed values of an article; other articles of its story, told or not.
Out: the changes, those that contradict marked as such; what each other article's sentence is to the new one.
Not here: finding values (changes.py), who is independent (origins.py), how it looks (alerting/).

A value that another source gave at about the same time is a rival: who is right is not for us to say. One that is
older, that came from the same source, or that is part of the baseline, was true once and is another one now.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import fsum
from typing import Final

from monitor.analysis.changes import changes
from monitor.analysis.claims import Statement
from monitor.analysis.features import SentenceFeatures, features
from monitor.analysis.origins import independent
from monitor.model.judgement import Change, Claim, Known, Relation
from monitor.model.story import Carrier
from monitor.text.counts import Fate
from monitor.text.values import Kind, Value

ALIKE: Final = 0.5  # share of the words of two sentences that give one thing two values
ALIKE_TOLLS: Final = 0.4  # the same where both count people of one fate
TELLING: Final = 0.25  # weight of a word that says what is counted: not "old" in "a 3-year-old boy"
RIVAL_FOR: Final = timedelta(hours=24)  # between two reports; why: docs/decisions/0017-corroboration.md


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """An article whose values are held against those of others of its story."""

    carrier: Carrier
    language: str
    date: datetime
    carriers: Sequence[Carrier]  # of its story


def weighed(found: Iterable[Change], speaker: Speaker) -> tuple[Change, ...]:
    """Return changes against what was told, those that contradict another source of the story marked."""
    return tuple(
        replace(each, relation=Relation.CONTRADICTS)
        if _is_rival(each.before, speaker) and _is_one_thing(each, speaker.language)
        else each
        for each in found
    )


def disputes(told: Iterable[Statement], speaker: Speaker) -> tuple[Change, ...]:
    """Return the values of new sentences for which other sources, that the reader was not told of, give other ones.

    told: by articles of the story. Only a sentence that says the same but for the value gives another one: two numbers
    in one story are soon about two things.
    """
    found: list[Change] = []
    for each in told:
        for sentence, at in each.alike:
            found += changes(sentence, each.said, () if at is None else (at,))
    return tuple(each for each in weighed(found, speaker) if each.relation is Relation.CONTRADICTS)


def claims_of(found: Iterable[Change], speaker: Speaker) -> tuple[Claim, ...]:
    """Return what the sentences of other articles of the story are to those that give another value."""
    entries = {carrier.entry for carrier in speaker.carriers}
    return tuple(
        Claim(
            entry=each.before.source,
            outlet=each.before.outlet,
            relation=each.relation,
            text=each.before.text,
            of=each.sentence,
        )
        for each in found
        if each.before.source in entries
    )


def _is_one_thing(change: Change, language: str) -> bool:
    """Whether two sentences plainly give a value of one thing: each has one of that sort, and it counts the same.

    Two numbers in one story are soon about two things, and a wrong contradiction is worse than none. Those who shared a
    fate are one thing in sentences less alike than others.
    """
    ours, theirs = features(change.sentence, language), features(change.before.text, language)
    now, was = _only(ours, change.now), _only(theirs, change.was)
    is_restated = any(toll.is_restated and toll.value == now for toll in ours.tolls)  # "rose to 61": it was so before
    if now is None or was is None or is_restated:
        return False
    fates = {_fate(ours, now), _fate(theirs, was)}
    if None in fates:
        return (
            now.unit.name == was.unit.name
            and _counts(ours, now) == _counts(theirs, was)
            and _share(ours, theirs) >= ALIKE
        )
    return len(fates) == 1 and _share(ours, theirs) >= ALIKE_TOLLS


def _only(sentence: SentenceFeatures, written: str) -> Value | None:
    """Return a value if it is the only one of its sort in a sentence; numbers of people of other fates are not."""
    value = next((each for each in sentence.values if each.written == written), None)
    if value is None:
        return None
    fate = _fate(sentence, value)
    others = [each for each in sentence.values if (each.kind, each.unit.name) == (value.kind, value.unit.name)]
    rivals = [each for each in others if _fate(sentence, each) in (fate, None)]
    return value if rivals == [value] else None


def _fate(sentence: SentenceFeatures, value: Value) -> Fate | None:
    return next((each.fate for each in sentence.tolls if each.value == value), None)


def _counts(sentence: SentenceFeatures, value: Value) -> str:
    """Return the stem of the first telling word behind a value; a month counts nothing."""
    last = max(value.last, *value.unit.places, 0)
    behind = () if value.kind is Kind.MONTH else sentence.stems[last + 1 :]
    return next((each for each in behind if sentence.weights.get(each, 0.0) >= TELLING), "")


def _share(one: SentenceFeatures, other: SentenceFeatures) -> float:
    """Return how much of the one with less to say two sentences have in common, by the weight of words."""
    shared = fsum(min(one.weights[each], other.weights[each]) for each in one.weights.keys() & other.weights.keys())
    least = min(fsum(one.weights.values()), fsum(other.weights.values()))
    return shared / least if least else 0.0


def _is_rival(before: Known, speaker: Speaker) -> bool:
    """Whether a sentence stands in an article of the story that has it from another source, at about the same time."""
    if before.date is None or abs(speaker.date - before.date) > RIVAL_FOR:
        return False
    carrier = next((each for each in speaker.carriers if each.entry == before.source), None)
    return carrier is not None and independent([carrier, speaker.carrier], originals=speaker.carriers) > 1

"""Contradictions: sources of one story that give other values for the same thing.

In:  the changed values of an article; other articles of its story, told or not.
Out: the changes, those that contradict marked as such; what each other article's sentence is to the new one.
Not here: finding values (changes.py), who is independent (origins.py), how it looks (alerting/).

A value that another source gave at about the same time is a rival: who is right is not for us to say. One that is
older, that came from the same source, or that is part of the baseline, was true once and is another one now.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from monitor.analysis.changes import changes
from monitor.analysis.claims import MOST_SENTENCES, nearest_alike
from monitor.analysis.features import features
from monitor.analysis.known import joined, known_parts
from monitor.analysis.origins import independent
from monitor.model.embedding import Scale, Vector
from monitor.model.judgement import Change, Claim, Known, Relation
from monitor.model.story import Carrier
from monitor.model.watch import KnownText

RIVAL_FOR: Final = timedelta(hours=24)  # between two reports; why: docs/decisions/0017-corroboration.md


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """An article whose values are held against those of others of its story."""

    carrier: Carrier
    language: str
    date: datetime
    carriers: Sequence[Carrier]  # of its story
    scale: Scale | None = None  # of the vectors' model


def weighed(found: Iterable[Change], speaker: Speaker) -> tuple[Change, ...]:
    """Return changes against what was told, those that contradict another source of the story marked."""
    return tuple(
        replace(each, relation=Relation.CONTRADICTS) if _is_rival(each.before, speaker) else each for each in found
    )


def disputes(
    quotes: Sequence[str], others: Sequence[KnownText], vectors: Mapping[str, Vector], speaker: Speaker
) -> tuple[Change, ...]:
    """Return the values of new sentences for which other sources, that the reader was not told of, give other ones.

    others: articles of the story; each is held against the quotes by itself. Only a sentence that says the same but for
    the value gives another one: two numbers in one story are soon about two things.
    """
    sentences = [features(quote, speaker.language, vectors.get(quote)) for quote in quotes]
    stems = frozenset[str]().union(*(each.telling for each in sentences))
    found: list[Change] = []
    for text in others:
        said = joined(known_parts([text], vectors, most=MOST_SENTENCES), stems=stems, scale=speaker.scale)
        for sentence in sentences:
            alike = nearest_alike(sentence, said)
            found += changes(sentence, said, () if alike is None else (alike,))
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


def _is_rival(before: Known, speaker: Speaker) -> bool:
    """Whether a sentence stands in an article of the story that has it from another source, at about the same time."""
    if before.date is None or abs(speaker.date - before.date) > RIVAL_FOR:
        return False
    carrier = next((each for each in speaker.carriers if each.entry == before.source), None)
    return carrier is not None and independent([carrier, speaker.carrier], originals=speaker.carriers) > 1

"""Claims: who else says what is new.

In:  the new sentences of an article; other articles of its story.
Out: what each of those says of them; the sentences that say the same, as evidence for corroboration.
Not here: counting independent hosts (origins.py), alerts that wait for another source (confirming.py).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import fsum
from typing import Final

from monitor.analysis.features import SentenceFeatures, fate_key, features
from monitor.analysis.known import KnownSet, Likeness, Part, joined, known_parts
from monitor.analysis.novelty import NEW_SENTENCE, NEW_SENTENCE_WORDS, likeness_score
from monitor.model.embedding import Scale, Vector
from monitor.model.judgement import Claim, Known, Relation
from monitor.model.watch import KnownText
from monitor.text.tokens import stem
from monitor.text.values import Kind

MOST_SENTENCES = 200  # of an article that may say the same
_MARGIN: Final = 0.001  # more than what is lost by rounding scores


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What another article says of new sentences."""

    said: KnownSet  # its sentences
    alike: tuple[tuple[SentenceFeatures, int | None], ...]  # each new one, and which of those makes it no news


def statements(
    quotes: Sequence[str],
    others: Iterable[KnownText],
    vectors: Mapping[str, Vector],
    language: str,
    *,
    on: date | None = None,
    scale: Scale | None = None,
) -> tuple[Statement, ...]:
    """Hold new sentences against other articles, each by itself: two that say the same are two that do.

    Of those that have too few of their words nothing is returned: most articles of a story.
    quotes: sentences that are new against what the reader was told, of a text in `language`, of the day `on`.
    others: articles that the reader was not told of. scale: of the vectors' model.
    """
    asked = [features(each, language, vectors.get(each), on) for each in quotes]
    stems = frozenset[str]().union(*(each.telling for each in asked))
    told = (known_parts([text], vectors, most=MOST_SENTENCES) for text in others)
    near = (parts for parts in told if any(_may_tell(part, each) for part in parts for each in asked))
    return tuple(_statement(asked, joined(parts, stems=stems, scale=scale)) for parts in near)


def supporters(found: Iterable[Statement]) -> tuple[Claim, ...]:
    """Return the sentences that make one of the new sentences no news, with all its numbers and dates, by article."""
    return tuple(
        Claim(entry=same.source, outlet=same.outlet, relation=Relation.SAME, text=same.text, of=sentence.text)
        for each in found
        for sentence, at in each.alike
        if at is not None and (same := _same(sentence, each.said, at)) is not None
    )


def nearest_alike(sentence: SentenceFeatures, said: KnownSet) -> int | None:
    """Return which sentence makes this one no news, whatever the values in both; None where it is news."""
    return _alike(said.likeness(sentence))


def _may_tell(part: Part, sentence: SentenceFeatures) -> bool:
    """Whether a text may say the same as a sentence, or give another toll.

    No three of its sentences cover more than all of them do, where every word that they share tells most.
    """
    if part.rows is not None and sentence.vector is not None:
        return True
    if part.language != sentence.language:
        return False
    heard = {stem(name, sentence.language) for name, sound in sentence.sounds.items() if sound in part.telling}
    covered = fsum(told for each, told in sentence.weights.items() if each in part.telling or each in heard)
    if covered >= (1.0 - NEW_SENTENCE_WORDS - _MARGIN) * fsum(sentence.weights.values()):
        return True
    return any(fate_key(toll.fate) in part.telling for toll in sentence.tolls)


def _statement(asked: Sequence[SentenceFeatures], said: KnownSet) -> Statement:
    alike = map(_alike, said.likenesses(asked))
    return Statement(said=said, alike=tuple(zip(asked, alike, strict=True)))


def _alike(likeness: Likeness) -> int | None:
    """Return which sentence makes another no news, whatever the values in both; None where it is news."""
    threshold = NEW_SENTENCE_WORDS if likeness.meaning is None else NEW_SENTENCE
    return None if likeness_score(likeness, facts=0) >= threshold else likeness.nearest


def _same(sentence: SentenceFeatures, said: KnownSet, at: int) -> Known | None:
    """Return a sentence that gives all values of another one; which day of the week it was told on tells nothing."""
    asked = {value.amount for value in sentence.values if value.kind is not Kind.WEEKDAY}
    return said.sentences[at].known if asked <= said.sentences[at].features.amounts else None

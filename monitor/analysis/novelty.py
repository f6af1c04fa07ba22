"""Novelty: which sentences of an article say what the reader does not know.

In:  an article's sentences; the known set.
Out: one Novelty per sentence, in the same order; the article's own figure.
Not here: matching (match.py), what becomes of the article (judge.py), storing (store/).
"""

from collections.abc import Mapping, Sequence
from typing import Final

from monitor.analysis.changes import CANDIDATES, COMPARED, changes
from monitor.analysis.features import SentenceFeatures, features
from monitor.analysis.known import KnownSet, Likeness
from monitor.analysis.salience import salience
from monitor.model.embedding import Vector
from monitor.model.judgement import Label, Novelty

# Why these numbers: docs/decisions/0003-novelty.md.
NEW_SENTENCE: Final = 0.38  # from here on a sentence is called new (with vectors)
NEW_SENTENCE_WORDS: Final = 0.42  # the same where only words are compared
FACT: Final = 0.06  # what each new name or number adds
MOST_FACTS: Final = 2
LEAST_CONTENT: Final = 0.8  # weight of a sentence's words; less says nothing by itself
TOP: Final = 3  # newest sentences that make an article's figure
FACT_ALONE: Final = 0.15  # added to a sentence with a name or number never told, where it has to carry an article alone


def judge_sentences(
    sentences: Sequence[tuple[str, bool]], known: KnownSet, vectors: Mapping[str, Vector], language: str
) -> tuple[Novelty, ...]:
    """Return how new each sentence is, in order.

    sentences: text and whether it is noise, the title first. vectors: by sentence; empty without an embedder.
    """
    title = features(sentences[0][0], language, vectors.get(sentences[0][0])) if sentences else None
    return tuple(
        _noise(text) if is_noise else _judge(features(text, language, vectors.get(text)), known, title)
        for text, is_noise in sentences
    )


def article_novelty(judged: Sequence[Novelty]) -> float:
    """Return how new an article is, in [0, 1].

    The mean score of its newest sentences, three at most, or of a single one that tells a new name or number: one line
    of hard news in a long known text must not drown, and one odd wording must not speak.
    """
    counted = [each for each in judged if each.label is not Label.NOISE]
    most = min(TOP, max(1, len(counted) // 2))  # of a short item, half its sentences: one may be all there is
    newest = sorted((each.score for each in counted), reverse=True)[:most]
    several = sum(newest) / len(newest) if newest else 0.0
    single = max((each.score + FACT_ALONE for each in counted if each.facts), default=0.0)
    return round(min(1.0, max(several, single)), 4)


def has_vectors(known: KnownSet) -> bool:
    """Whether meaning is compared, not only words: the two have thresholds of their own."""
    return known.matrix is not None


def new_facts(sentence: SentenceFeatures, known: KnownSet, *, is_cross_language: bool) -> int:
    """Return how many names and values of a sentence nobody has told the reader yet.

    Against known sentences of another language only values count: the same name is written otherwise there.
    """
    names = 0 if is_cross_language else sum(name not in known.words for name in sentence.names)
    return names + sum(value.amount not in known.amounts for value in sentence.values)


def _noise(text: str) -> Novelty:
    return Novelty(sentence=text, label=Label.NOISE, score=0.0, nearest=None)


def _judge(sentence: SentenceFeatures, known: KnownSet, title: SentenceFeatures | None) -> Novelty:
    likeness = known.likeness(sentence)
    facts = new_facts(sentence, known, is_cross_language=likeness.is_cross_language) if known.sentences else 0
    score = likeness_score(likeness, facts=facts)
    nearest = None if likeness.nearest is None else known.sentences[likeness.nearest].known
    may_change = any(value.kind in COMPARED for value in sentence.values)  # of most sentences no value can
    changed = changes(sentence, known, known.nearest(sentence, CANDIDATES)) if may_change else ()
    return Novelty(
        sentence=sentence.text,
        label=_label(sentence, likeness, score, is_changed=bool(changed)),
        score=score,
        nearest=nearest,
        changes=changed,
        salience=salience(sentence, title, score),
        facts=facts,
    )


def likeness_score(likeness: Likeness, *, facts: int) -> float:
    """Return 1 minus the mean of both likenesses, raised for names and numbers never told; in [0, 1]."""
    alike = likeness.coverage if likeness.meaning is None else (likeness.coverage + likeness.meaning) / 2
    if likeness.is_cross_language and likeness.meaning is not None:
        alike = max(alike, likeness.meaning)
    return round(min(1.0, max(0.0, 1.0 - alike + FACT * min(facts, MOST_FACTS))), 4)


def _label(sentence: SentenceFeatures, likeness: Likeness, score: float, *, is_changed: bool) -> Label:
    if is_changed:
        return Label.UPDATE
    if sum(sentence.weights.values()) < LEAST_CONTENT and likeness.nearest is not None:
        return Label.KNOWN
    threshold = NEW_SENTENCE_WORDS if likeness.meaning is None else NEW_SENTENCE
    return Label.NEW if score >= threshold else Label.KNOWN

"""Novelty: which sentences of an article say what the reader does not know.

In:  an article's sentences; the known set.
Out: one Novelty per sentence, in the same order; the article's own figure.
Not here: matching (match.py), what becomes of the article (judge.py), storing (store/).
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain
from typing import Final

from monitor.analysis.changes import CANDIDATES, COMPARED, changes
from monitor.analysis.features import SentenceFeatures, features
from monitor.analysis.known import KnownSet, Likeness
from monitor.analysis.salience import salience
from monitor.model.embedding import Vector
from monitor.model.judgement import Label, Novelty
from monitor.text.sentences import is_heading
from monitor.text.turns import is_turned
from monitor.text.values import Kind

# Why these numbers: docs/decisions/0003-novelty.md, and 0020-other-topics.md for turns, headlines and leads.
MEANING: Final = 0.6  # what likeness by meaning counts, where there is one; words count the rest
NEW_SENTENCE: Final = 0.42  # from here on a sentence is called new (with vectors)
NEW_SENTENCE_WORDS: Final = 0.39  # the same where only words are compared
TURNED: Final = 0.1  # added where the nearest known sentence says the opposite: closed, and open again
FACT: Final = 0.06  # what each new name or number adds
MOST_FACTS: Final = 2
LEAST_CONTENT: Final = 0.8  # weight of a sentence's words; less says nothing by itself
MOST_EARLIER: Final = 200  # sentences of an article that a later one may repeat
SHORT: Final = 2.0  # the same, about two telling words: up to here a sentence is as new as its neighbour
LEAD: Final = (
    0.1  # what the first sentence of the text counts in the score of each: most of a text is as new as its lead
)
OWN_TITLE: Final = (
    0.5  # what a headline's own words count; the sentence behind it, that says the same at length, the rest
)
TOP: Final = 3  # newest sentences that make an article's figure
FACT_ALONE: Final = 0.15  # added to a sentence with a name or number never told, where it has to carry an article alone


def judge_sentences(
    sentences: Sequence[tuple[str, bool]],
    known: KnownSet,
    vectors: Mapping[str, Vector],
    language: str,
    on: date | None = None,
) -> tuple[Novelty, ...]:
    """Return how new each sentence is, in order.

    sentences: text and whether it is noise, the title first. vectors: by sentence; empty without an embedder. on: the
    day of the article, for its weekdays.
    """
    seen = [None if is_noise else features(text, language, vectors.get(text), on) for text, is_noise in sentences]
    title = features(sentences[0][0], language, vectors.get(sentences[0][0]), on) if sentences else None
    compared = _compared([each for each in seen if each is not None], known)
    told: deque[SentenceFeatures] = deque(maxlen=MOST_EARLIER)
    found = []
    for (text, _), each in zip(sentences, seen, strict=True):
        if each is None:
            found.append(_noise(text))
            continue
        likeness, near = next(compared)
        if _repeats(each, told):
            found.append(_repeated(each, known, likeness))
        else:
            found.append(_judge(each, known, likeness, near, title))
            told.extend([each] if len(found) > 1 else [])  # a lead says what the title says: that is no repetition
    judged = _in_context(found, seen)
    if known.has_language(language):
        return judged
    return tuple(replace(each, is_unsure=True) if each.label is Label.NEW else each for each in judged)


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
    untold = [name for name in sentence.names if not known.has_told(name, sentence.language)]
    names = 0 if is_cross_language or not untold else len(untold) - len(known.respelt(sentence))
    stated = {value.amount for value in sentence.values if value.kind is not Kind.WEEKDAY}  # every report has one
    return names + len(stated - known.amounts)


def _compared(sentences: Sequence[SentenceFeatures], known: KnownSet) -> Iterator[tuple[Likeness, tuple[int, ...]]]:
    """Return how much of each sentence is known, and what a value of it may have replaced: the nearest known ones."""
    near = iter(known.nearests([each for each in sentences if _is_counting(each)], CANDIDATES))
    nearest = [next(near) if _is_counting(each) else () for each in sentences]
    return zip(known.likenesses(sentences), nearest, strict=True)


def _is_counting(sentence: SentenceFeatures) -> bool:
    return any(value.kind in COMPARED for value in sentence.values)


def _noise(text: str) -> Novelty:
    return Novelty(sentence=text, label=Label.NOISE, score=0.0, nearest=None)


def _repeats(sentence: SentenceFeatures, told: Iterable[SentenceFeatures]) -> bool:
    """Whether a sentence says nothing but what another one of its article has said: a picture's text, a sub-heading."""
    own = sentence.weights.keys()
    return bool(own) and any(own <= earlier.weights.keys() for earlier in told)


def _repeated(sentence: SentenceFeatures, known: KnownSet, likeness: Likeness) -> Novelty:
    evidence = None if likeness.nearest is None else known.sentences[likeness.nearest].known
    return Novelty(sentence=sentence.text, label=Label.KNOWN, score=0.0, nearest=evidence)


def _in_context(found: Sequence[Novelty], seen: Sequence[SentenceFeatures | None]) -> tuple[Novelty, ...]:
    """Return the same, but a sentence too short to judge is as new as its neighbour, by as much as it lacks.

    So is a headline: it tells in known words ("Delgado guilty on seven counts") what the text below says is new.
    """
    judged = [_beside_lead(each, sentence, found) for each, sentence in zip(found, seen, strict=True)]
    for at, (each, sentence) in enumerate(zip(found, seen, strict=True)):
        content = SHORT if sentence is None else sum(sentence.weights.values())
        near = _neighbour(found, at)
        share = min(content / SHORT, OWN_TITLE if at == 0 and is_heading(each.sentence) else 1.0)
        if sentence is not None and share < 1.0 and near is not None and each.label is not Label.UPDATE:
            judged[at] = _scored(each, sentence, share * each.score + (1 - share) * near.score)
    return tuple(judged)


def _beside_lead(each: Novelty, sentence: SentenceFeatures | None, found: Sequence[Novelty]) -> Novelty:
    """Return a sentence a little newer under a lead that is new, less so under one that is known: most go with it."""
    lead = next((other for other in found[1:] if other.label is not Label.NOISE), None)
    if sentence is None or lead is None or not each.score or each.label is Label.UPDATE:
        return each
    return _scored(each, sentence, (1 - LEAD) * each.score + LEAD * lead.score)


def _scored(each: Novelty, sentence: SentenceFeatures, score: float) -> Novelty:
    threshold = NEW_SENTENCE_WORDS if sentence.vector is None else NEW_SENTENCE
    return replace(each, score=round(score, 4), label=Label.NEW if score >= threshold else Label.KNOWN)


def _neighbour(found: Sequence[Novelty], at: int) -> Novelty | None:
    """Return the sentence that says what a short one is about: behind a heading, else before it."""
    before, after = range(at - 1, -1, -1), range(at + 1, len(found))
    nearest = chain(after, before) if is_heading(found[at].sentence) or not at else chain(before, after)
    return next((found[near] for near in nearest if found[near].label is not Label.NOISE), None)


def _judge(
    sentence: SentenceFeatures,
    known: KnownSet,
    likeness: Likeness,
    near: Sequence[int],
    title: SentenceFeatures | None,
) -> Novelty:
    """Return how new a sentence is. near: the known ones that share most with it, most first."""
    facts = new_facts(sentence, known, is_cross_language=likeness.is_cross_language) if known.sentences else 0
    score = likeness_score(likeness, facts=facts)
    if likeness.nearest is not None and _is_turned(sentence, known.sentences[likeness.nearest].features):
        score = round(min(1.0, score + TURNED), 4)
    nearest = None if likeness.nearest is None else known.sentences[likeness.nearest].known
    changed = changes(sentence, known, near, title) if _is_counting(sentence) else ()
    return Novelty(
        sentence=sentence.text,
        label=_label(sentence, likeness, score, is_changed=bool(changed)),
        score=score,
        nearest=nearest,
        changes=changed,
        salience=salience(sentence, title, score),
        facts=facts,
    )


def _is_turned(sentence: SentenceFeatures, other: SentenceFeatures) -> bool:
    return sentence.language == other.language and is_turned(sentence.stems, other.stems, sentence.language)


def likeness_score(likeness: Likeness, *, facts: int) -> float:
    """Return 1 minus the weighted mean of both likenesses, raised for names and numbers never told; in [0, 1]."""
    alike = likeness.coverage
    if likeness.meaning is not None:
        alike = (1 - MEANING) * likeness.coverage + MEANING * likeness.meaning
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

"""Tolls: the dead, hurt or missing of one event, told with another number.

In:  a sentence that counts them; known sentences that count people of the same fate.
Out: which known number is the toll of the same event.
Not here: other numbers (changes.py), which words say what became of people (text/counts.py).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import fsum
from typing import Final

from monitor.analysis.features import SentenceFeatures, fate_key
from monitor.analysis.known import KnownSet
from monitor.text.counts import Fate, Toll
from monitor.text.speech import speaking
from monitor.text.tokens import stem
from monitor.text.values import Kind, Value

SPECIFIC: Final = 0.5  # what a name tells among the known from which on it names an event, not the subject of them all
LEAST_SHARED: Final = 1.3  # weight of other words of the event that both have, where no date is the same
RESTATED: Final = 0.8  # the same where a toll is told as another one than before, of sentence and headline together
MOST_COMPARED: Final = 50  # known tolls
SPEAKS_NEAR: Final = 2  # words between a name and "said": it is who says so, not where it was
DATES: Final = (Kind.DAY, Kind.MONTH, Kind.YEAR)  # a weekday says as often when somebody spoke of it


def rivals(
    sentence: SentenceFeatures, toll: Toll, known: KnownSet, title: SentenceFeatures | None = None
) -> Iterator[tuple[int, Toll, frozenset[str]]]:
    """Yield the known tolls that are of the event of this one: sentence, toll, and the stems that name the event.

    Words for it may differ ("a massacre of 500 people", "rounded up and killed 300 men"): the fate is the same, those
    who shared it may be the same, and a name that tells the event from others is, with a date or other words. Where the
    number itself is told as another one than before ("rises to 164"), some words of the event will do.
    """
    having = known.having(sentence.language, fate_key(toll.fate))
    for at in having[-MOST_COMPARED:]:
        theirs = largest(known.sentences[at].features)[toll.fate]
        may_be_same = not toll.who or not theirs.who or toll.who & theirs.who
        if may_be_same and (shared := _event(sentence, known, at, title if toll.is_restated else None)):
            yield at, theirs, shared


def largest(sentence: SentenceFeatures) -> Mapping[Fate, Toll]:
    """Return the largest toll of each fate in a sentence, the last of equals: the others are parts of it."""
    return {each.fate: each for each in sorted(sentence.tolls, key=lambda toll: float(toll.value.amount))}


def _event(sentence: SentenceFeatures, known: KnownSet, at: int, title: SentenceFeatures | None) -> frozenset[str]:
    """Return what names the event that a sentence and a known one share, by stem; nothing where it is not one event.

    title: the headline above a toll that is told as another one than before; None of any other. What stands before the
    known sentence belongs to it: "the town" was named there.
    """
    context = [each for each in (known.before(at), known.sentences[at].features) if each is not None]
    theirs = [value for each in context for value in each.values]
    if any(_differ(kind, sentence.values, theirs) for kind in DATES):
        return frozenset()
    shared = {
        each: known.weight(sentence.language, each, weight)
        for each, weight in known.as_told(sentence).items()
        if any(each in one.telling for one in context)
    }
    names = frozenset(each for each in _places(sentence, known) if shared.get(each, 0.0) >= SPECIFIC)
    if title is not None:
        return _named_with(title, sentence, known, context, shared)
    is_one_day = bool(_dates(sentence.values) & _dates(theirs))
    others = fsum(shared[each] for each in shared.keys() - names)
    return names if is_one_day or others >= LEAST_SHARED else frozenset()


def _named_with(
    title: SentenceFeatures,
    sentence: SentenceFeatures,
    known: KnownSet,
    context: Sequence[SentenceFeatures],
    shared: Mapping[str, float],
) -> frozenset[str]:
    """Return the words of the event that a sentence or its headline shares with a known one; none where too few."""
    above = {
        each: known.weight(title.language, each, weight)
        for each, weight in title.weights.items()
        if any(each in one.telling for one in context)
    }
    said = {each: weight for each, weight in {**above, **shared}.items() if not _is_count(each, sentence, title)}
    return frozenset(said) if fsum(said.values()) >= RESTATED else frozenset()


def _is_count(stem: str, *sentences: SentenceFeatures) -> bool:
    """Whether a stem says how many or what became of them, not where or what it was."""
    return any(stem in {each.stems[toll.at] for toll in each.tolls} for each in sentences) or stem.isdigit()


def _differ(kind: Kind, ours: Iterable[Value], theirs: Iterable[Value]) -> bool:
    """Whether two texts name days, months or years, and no same one."""
    one, other = ({value.amount for value in values if value.kind is kind} for values in (ours, theirs))
    return bool(one and other) and one.isdisjoint(other)


def _dates(values: Iterable[Value]) -> set[str]:
    """Return the dates among values, weekdays with them: "2023", "06", "06-16"."""
    return {value.amount for value in values if value.kind in (*DATES, Kind.WEEKDAY)}


def _places(sentence: SentenceFeatures, known: KnownSet) -> Iterator[str]:
    """Yield the names of a sentence, as they are known, that do not say who speaks."""
    respelt = known.respelt(sentence)
    words = [token.text for token in sentence.tokens]
    said = speaking(words, sentence.language)
    near = {word for at in said for word in words[max(0, at - SPEAKS_NEAR) : at + SPEAKS_NEAR + 1]}
    for name in sorted(sentence.names - near):
        yield sentence.sounds[name] if name in respelt else stem(name, sentence.language)

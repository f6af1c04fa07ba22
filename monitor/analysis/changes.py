"""Changes: a known fact that is told with another number or date.

In:  a sentence, and the known sentences nearest to it.
Out: Change: what is counted, what it was, what it is now, and both sentences.
Not here: names spelt otherwise (no value), facts without a value.
"""

import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, takewhile
from math import fsum
from typing import Final

from monitor.analysis.features import SentenceFeatures
from monitor.analysis.known import KnownSet
from monitor.analysis.tolls import largest, rivals
from monitor.model.judgement import Change, Known
from monitor.text.counts import Toll, is_part
from monitor.text.tokens import stem
from monitor.text.units import TIME
from monitor.text.values import Kind, Value

REACH: Final = 8  # tokens to each side that say what a value counts
LEAST_SHARED: Final = 1.3  # weight of words in reach that both sentences have: about two telling words
SAME_UNIT: Final = 0.5  # what it adds that both are euros, or percent: a word that both have
LEAST_OVERLAP: Final = 0.34  # of the lighter context: less is another fact about the same thing
CANDIDATES: Final = 12
MOST_VALUES: Final = 50  # of a sentence; a table has more
BORDER: Final = re.compile("[,;:()–—،؛]")
UNREAD: Final = ("zh", "ja")  # a date there is written in plain numbers and cannot be told from a count
COMPARED: Final = (Kind.NUMBER, Kind.MONTH)  # days and years differ between facts more often than they change
LARGEST_FACTOR: Final = 10.0  # between two counts of one thing; more is a count of something else
NEARLY: Final = 2.0  # the same, where a name alone says what is counted
_CONTEXTS: Final = 8_192  # kept at hand: a known value is held against those of many articles
HEAD: Final = 2  # telling words behind a number among which stands what it counts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    """A value, and what its sentence says that it counts; all by stem."""

    value: Value
    context: Mapping[str, float]  # what stands around it
    heads: frozenset[str]  # what stands right behind it and is no name
    behind: frozenset[str]  # the same with names
    meant: Mapping[str, float]  # what those names are known to stand for, with the weight of the name

    def weight(self, each: str) -> float:
        return self.context.get(each) or self.meant[each]


def changes(
    sentence: SentenceFeatures, known: KnownSet, near: Iterable[int], title: SentenceFeatures | None = None
) -> tuple[Change, ...]:
    """Return the values of a sentence that stand in a known sentence as another value of the same thing.

    near: indices of known sentences, nearest first. title: what stands above the sentence. One change a value at most,
    from the best matching sentence.
    """
    found: list[Change] = []
    if sentence.language in UNREAD:
        return ()
    tolls = {each.value: each for each in largest(sentence).values()}
    for value in sentence.values[:MOST_VALUES]:
        if value.kind in COMPARED and not is_part(sentence.tokens, value, sentence.language):
            counted = _counted(sentence, value, known)
            found_rivals = [_rival(sentence, counted, known, at) for at in near]
            best = max((r for r in found_rivals if r), key=lambda r: r[0], default=None)
            if best is None and value in tolls:
                best = _toll(sentence, tolls[value], known, title or sentence)
            if best and not _still_told(sentence, value, known, near):
                found.append(best[1])
    return tuple(found)


def _toll(
    sentence: SentenceFeatures, toll: Toll, known: KnownSet, title: SentenceFeatures
) -> tuple[float, Change] | None:
    """Return the last known toll of the same event that this one replaces; none where this one was told."""
    found = list(rivals(sentence, toll, known, title))
    told = {each.value.amount for _, each, _ in found}
    if not found or toll.value.amount in told:
        return None
    at, theirs, event = max(found, key=lambda each: (_when(known.sentences[each[0]].known), each[0]))
    if not _is_near(toll.value, theirs.value) or theirs.value.amount in sentence.amounts:
        return None
    places = {stem(each, sentence.language) for each in sentence.names if sentence.sounds.get(each) in event}
    counted = {sentence.stems[at] for at in (toll.at, min(toll.value.last + 1, len(sentence.stems) - 1))}
    return 0.0, Change(
        what=_words(sentence, toll.value, counted | places | event),
        was=theirs.value.written,
        now=toll.value.written,
        before=known.sentences[at].known,
        sentence=sentence.text,
    )


def _when(known: Known) -> float:
    return known.date.timestamp() if known.date else 0.0


def _rival(sentence: SentenceFeatures, counted: _Counted, known: KnownSet, at: int) -> tuple[float, Change] | None:
    """Return the value of a known sentence that this one replaces, with how much their contexts share."""
    other, value = known.sentences[at].features, counted.value
    if other.language != sentence.language or not other.values or value.amount in other.amounts:
        return None
    best: tuple[float, Value, AbstractSet[str]] | None = None
    for rival in other.values[:MOST_VALUES]:
        if rival.kind is value.kind and rival.amount not in sentence.amounts and _may_replace(value, rival, other):
            theirs = _context(other, rival)
            shared: AbstractSet[str] = theirs.keys() & (counted.context.keys() | counted.meant.keys())
            weight = fsum(min(counted.weight(each), theirs[each]) for each in shared)
            weight += _unit_weight(value, rival)
            least = max(LEAST_SHARED, LEAST_OVERLAP * min(fsum(counted.context.values()), fsum(theirs.values())))
            if weight >= least and (not best or weight > best[0]) and _counts_same(sentence, counted, other, rival):
                best = (weight, rival, shared)
    if best is None:
        return None
    weight, rival, shared = best
    what = _words(sentence, value, shared | counted.behind if counted.meant else shared)
    before = known.sentences[at].known
    return weight, Change(what=what, was=rival.written, now=value.written, before=before, sentence=sentence.text)


def _still_told(sentence: SentenceFeatures, value: Value, known: KnownSet, near: Iterable[int]) -> bool:
    """Whether a known sentence already gives this value in this context: then it is not new."""
    context = _context(sentence, value)
    for at in near:
        other = known.sentences[at].features
        for same in other.values:
            if same.kind is value.kind and same.amount == value.amount:
                theirs = _context(other, same)
                shared = fsum(min(context[s], theirs[s]) for s in context.keys() & theirs.keys())
                if shared + _unit_weight(value, same) >= LEAST_SHARED:
                    return True
    return False


def _context(sentence: SentenceFeatures, value: Value) -> Mapping[str, float]:
    """Return the weights of the telling stems around a value, other values left out."""
    return _around(sentence, value.at)


@lru_cache(maxsize=_CONTEXTS)
def _around(sentence: SentenceFeatures, place: int) -> Mapping[str, float]:
    taken = {at for v in sentence.values for at in range(v.at, v.last + 1)}
    reach = range(max(0, place - REACH), min(len(sentence.stems), place + REACH + 1))
    stems = (sentence.stems[at] for at in reach if at not in taken)
    return {stem: sentence.weights[stem] for stem in stems if stem in sentence.weights}


def _counts_same(one: SentenceFeatures, counted: _Counted, other: SentenceFeatures, rival: Value) -> bool:
    """Whether two numbers count the same thing: a telling word right behind both, and no other fate.

    Where only what a name stands for is the same, they have to be nearer. A month counts nothing.
    """
    if rival.kind is Kind.MONTH:
        return True
    fates = {each.fate for each in (*one.tolls, *other.tolls) if each.value in (counted.value, rival)}
    if len(fates) > 1:
        return False
    heads = _heads(other, rival)
    is_meant = not heads.isdisjoint(counted.meant) and _is_near(counted.value, rival, NEARLY)
    return is_meant or not heads.isdisjoint(counted.heads)


def _may_replace(value: Value, rival: Value, other: SentenceFeatures) -> bool:
    return _is_near(value, rival) and not is_part(other.tokens, rival, other.language)


def _unit_weight(value: Value, other: Value) -> float:
    """Return what it tells that two numbers measure in one unit; that both are days tells nothing."""
    return SAME_UNIT if value.unit.name == other.unit.name and value.unit.name not in TIME else 0.0


def _is_near(value: Value, rival: Value, factor: float = LARGEST_FACTOR) -> bool:
    """Whether two numbers may count one thing; any two months may. What is measured has to be of one unit."""
    if value.unit.name != rival.unit.name:
        return False
    low, high = sorted((float(value.amount), float(rival.amount)))
    return value.kind is Kind.MONTH or high <= factor * low


def _counted(sentence: SentenceFeatures, value: Value, known: KnownSet) -> _Counted:
    behind = _behind(sentence, value.last)
    names = [sentence.stems[at] for at in behind if sentence.tokens[at].text in sentence.names]
    meant = {each: sentence.weights[name] for name in names for each in known.meant_by(sentence.language, name)}
    return _Counted(
        value=value,
        context=_context(sentence, value),
        heads=_heads(sentence, value),
        behind=frozenset(sentence.stems[at] for at in behind),
        meant=meant,
    )


def _heads(sentence: SentenceFeatures, value: Value) -> frozenset[str]:
    """Return what a number counts: its unit, the next telling words but names (a place is where, not what)."""
    behind = _behind(sentence, value.last)
    heads = {sentence.stems[at] for at in behind if sentence.tokens[at].text not in sentence.names}
    return frozenset(heads if value.unit.name in TIME else heads | {value.unit.name})


@lru_cache(maxsize=_CONTEXTS)
def _behind(sentence: SentenceFeatures, place: int) -> tuple[int, ...]:
    """Return the places of the next telling words behind the last one of a value, in its clause."""
    reach = takewhile(lambda at: not _is_border(sentence, at), range(place + 1, len(sentence.stems)))
    return tuple(islice((at for at in islice(reach, REACH) if sentence.stems[at] in sentence.weights), HEAD))


def _is_border(sentence: SentenceFeatures, at: int) -> bool:
    """Whether a clause begins at a token: punctuation stands before it."""
    return bool(BORDER.search(sentence.text[sentence.tokens[at - 1].end : sentence.tokens[at].start]))


def _words(sentence: SentenceFeatures, value: Value, shared: AbstractSet[str]) -> str:
    """Return the stretch of the sentence that says what the value counts: from the first to the last shared word."""
    places = [at for at, stem in enumerate(sentence.stems) if stem in shared and abs(at - value.at) <= REACH]
    after = [at for at in places if at > value.at] or places
    first, last = sentence.tokens[min(after)], sentence.tokens[max(after)]
    return " ".join(sentence.text[first.start : last.end].split())

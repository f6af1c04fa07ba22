"""Changes: a known fact that is told with another number or date.

In:  a sentence, and the known sentences nearest to it.
Out: Change: what is counted, what it was, what it is now, and both sentences.
Not here: names spelt otherwise (no value), facts without a value.
"""

import re
from collections.abc import Iterable
from itertools import islice, takewhile
from typing import Final

from monitor.analysis.features import SentenceFeatures
from monitor.analysis.known import KnownSentence, KnownSet
from monitor.model.judgement import Change
from monitor.text.values import Kind, Value

REACH: Final = 8  # tokens to each side that say what a value counts
LEAST_SHARED: Final = 1.3  # weight of words in reach that both sentences have: about two telling words
LEAST_OVERLAP: Final = 0.34  # of the lighter context: less is another fact about the same thing
CANDIDATES: Final = 12
BORDER: Final = re.compile("[,;:()–—،؛]")
UNREAD: Final = ("zh", "ja")  # a date there is written in plain numbers and cannot be told from a count
COMPARED: Final = (Kind.NUMBER, Kind.MONTH)  # days and years differ between facts more often than they change
LARGEST_FACTOR: Final = 10.0  # between two counts of one thing; more is a count of something else
HEAD: Final = 2  # telling words behind a number among which stands what it counts


def changes(sentence: SentenceFeatures, known: KnownSet, near: Iterable[int]) -> tuple[Change, ...]:
    """Return the values of a sentence that stand in a known sentence as another value of the same thing.

    near: indices of known sentences, nearest first. One change a value at most, from the best matching sentence.
    """
    found: list[Change] = []
    if sentence.language in UNREAD:
        return ()
    for value in sentence.values:
        if value.kind in COMPARED:
            rivals = [_rival(sentence, value, known.sentences[at]) for at in near]
            best = max((r for r in rivals if r), key=lambda r: r[0], default=None)
            if best and not _still_told(sentence, value, known, near):
                found.append(best[1])
    return tuple(found)


def _rival(sentence: SentenceFeatures, value: Value, known: KnownSentence) -> tuple[float, Change] | None:
    """Return the value of a known sentence that this one replaces, with how much their contexts share."""
    other = known.features
    if other.language != sentence.language or value.amount in {v.amount for v in other.values}:
        return None
    context = _context(sentence, value)
    best: tuple[float, Value, set[str]] | None = None
    for rival in other.values:
        if rival.kind is value.kind and rival.amount not in {v.amount for v in sentence.values}:
            theirs = _context(other, rival)
            shared = context.keys() & theirs.keys()
            weight = sum(min(context[s], theirs[s]) for s in shared)
            lighter = min(sum(context.values()), sum(theirs.values()))
            if (
                _counts_same(sentence, value, other, rival)
                and weight >= LEAST_SHARED
                and weight >= LEAST_OVERLAP * lighter
                and (not best or weight > best[0])
            ):
                best = (weight, rival, shared)
    if best is None:
        return None
    weight, rival, shared = best
    what = _words(sentence, value, shared)
    return weight, Change(what=what, was=rival.written, now=value.written, before=known.known, sentence=sentence.text)


def _still_told(sentence: SentenceFeatures, value: Value, known: KnownSet, near: Iterable[int]) -> bool:
    """Whether a known sentence already gives this value in this context: then it is not new."""
    context = _context(sentence, value)
    for at in near:
        other = known.sentences[at].features
        for same in other.values:
            if same.kind is value.kind and same.amount == value.amount:
                theirs = _context(other, same)
                if sum(min(context[s], theirs[s]) for s in context.keys() & theirs.keys()) >= LEAST_SHARED:
                    return True
    return False


def _context(sentence: SentenceFeatures, value: Value) -> dict[str, float]:
    """Return the weights of the telling stems around a value, other values left out."""
    taken = {at for v in sentence.values for at in range(v.at, v.last + 1)}
    reach = range(max(0, value.at - REACH), min(len(sentence.stems), value.at + REACH + 1))
    stems = (sentence.stems[at] for at in reach if at not in taken)
    return {stem: sentence.weights[stem] for stem in stems if stem in sentence.weights}


def _counts_same(one: SentenceFeatures, value: Value, other: SentenceFeatures, rival: Value) -> bool:
    """Whether two numbers count the same thing: a telling word right behind both, and one order of magnitude.

    A month counts nothing.
    """
    if value.kind is Kind.MONTH:
        return True
    low, high = sorted((float(value.amount), float(rival.amount)))
    return high <= LARGEST_FACTOR * low and bool(_head(one, value) & _head(other, rival))


def _head(sentence: SentenceFeatures, value: Value) -> set[str]:
    """Return what a number counts: the next telling words of its clause but names (a place is where, not what)."""
    reach = takewhile(lambda at: not _is_border(sentence, at), range(value.last + 1, len(sentence.stems)))
    telling = (at for at in islice(reach, REACH) if sentence.stems[at] in sentence.weights)
    return {sentence.stems[at] for at in islice(telling, HEAD) if sentence.tokens[at].text not in sentence.names}


def _is_border(sentence: SentenceFeatures, at: int) -> bool:
    """Whether a clause begins at a token: punctuation stands before it."""
    return bool(BORDER.search(sentence.text[sentence.tokens[at - 1].end : sentence.tokens[at].start]))


def _words(sentence: SentenceFeatures, value: Value, shared: set[str]) -> str:
    """Return the stretch of the sentence that says what the value counts: from the first to the last shared word."""
    places = [at for at, stem in enumerate(sentence.stems) if stem in shared and abs(at - value.at) <= REACH]
    after = [at for at in places if at > value.at] or places
    first, last = sentence.tokens[min(after)], sentence.tokens[max(after)]
    return " ".join(sentence.text[first.start : last.end].split())

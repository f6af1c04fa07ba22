"""Changes: a known fact that is told with another number or date.

In:  a sentence, and the known sentences nearest to it.
Out: Change: what is counted, what it was, what it is now, and both sentences.
Not here: names spelt otherwise (no value), facts without a value.
"""

import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from itertools import islice, takewhile
from typing import Final

from monitor.analysis.features import SentenceFeatures
from monitor.analysis.known import KnownSet
from monitor.analysis.tolls import largest, rivals
from monitor.model.judgement import Change
from monitor.text.counts import Toll
from monitor.text.tokens import stem
from monitor.text.values import Kind, Value

REACH: Final = 8  # tokens to each side that say what a value counts
LEAST_SHARED: Final = 1.3  # weight of words in reach that both sentences have: about two telling words
LEAST_OVERLAP: Final = 0.34  # of the lighter context: less is another fact about the same thing
CANDIDATES: Final = 12
BORDER: Final = re.compile("[,;:()–—،؛]")
UNREAD: Final = ("zh", "ja")  # a date there is written in plain numbers and cannot be told from a count
COMPARED: Final = (Kind.NUMBER, Kind.MONTH)  # days and years differ between facts more often than they change
LARGEST_FACTOR: Final = 10.0  # between two counts of one thing; more is a count of something else
NEARLY: Final = 2.0  # the same, where a name alone says what is counted
HEAD: Final = 2  # telling words behind a number among which stands what it counts


def changes(sentence: SentenceFeatures, known: KnownSet, near: Iterable[int]) -> tuple[Change, ...]:
    """Return the values of a sentence that stand in a known sentence as another value of the same thing.

    near: indices of known sentences, nearest first. One change a value at most, from the best matching sentence.
    """
    found: list[Change] = []
    if sentence.language in UNREAD:
        return ()
    tolls = {each.value: each for each in sentence.tolls if largest(sentence, each) == each}
    for value in sentence.values:
        if value.kind in COMPARED:
            found_rivals = [_rival(sentence, value, known, at) for at in near]
            best = max((r for r in found_rivals if r), key=lambda r: r[0], default=None)
            if best is None and value in tolls:
                best = _toll(sentence, tolls[value], known)
            if best and not _still_told(sentence, value, known, near):
                found.append(best[1])
    return tuple(found)


def _toll(sentence: SentenceFeatures, toll: Toll, known: KnownSet) -> tuple[float, Change] | None:
    """Return the last known toll of the same event that this one replaces; none where this one was told."""
    found = list(rivals(sentence, toll, known))
    told = {each.value.amount for _, each, _ in found}
    if not found or toll.value.amount in told:
        return None
    at, theirs, event = found[-1]
    if not _is_near(toll.value, theirs.value) or theirs.value.amount in {v.amount for v in sentence.values}:
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


def _rival(sentence: SentenceFeatures, value: Value, known: KnownSet, at: int) -> tuple[float, Change] | None:
    """Return the value of a known sentence that this one replaces, with how much their contexts share."""
    other = known.sentences[at].features
    if other.language != sentence.language or value.amount in {v.amount for v in other.values}:
        return None
    heads, meant = _head(sentence, value, known)
    context = _context(sentence, value)
    own = sum(context.values())
    context = meant | context
    best: tuple[float, Value, set[str]] | None = None
    for rival in other.values:
        if rival.kind is value.kind and rival.amount not in {v.amount for v in sentence.values}:
            theirs = _context(other, rival)
            shared = context.keys() & theirs.keys()
            weight = sum(min(context[s], theirs[s]) for s in shared)
            lighter = min(own, sum(theirs.values()))
            if (
                _counts_same(sentence, value, other, rival, heads, meant)
                and weight >= LEAST_SHARED
                and weight >= LEAST_OVERLAP * lighter
                and (not best or weight > best[0])
            ):
                best = (weight, rival, shared)
    if best is None:
        return None
    weight, rival, shared = best
    behind = {sentence.stems[at] for at in range(value.last + 1, min(value.last + 1 + HEAD, len(sentence.stems)))}
    what = _words(sentence, value, shared | behind if meant else shared)
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
                if sum(min(context[s], theirs[s]) for s in context.keys() & theirs.keys()) >= LEAST_SHARED:
                    return True
    return False


def _context(sentence: SentenceFeatures, value: Value) -> dict[str, float]:
    """Return the weights of the telling stems around a value, other values left out."""
    taken = {at for v in sentence.values for at in range(v.at, v.last + 1)}
    reach = range(max(0, value.at - REACH), min(len(sentence.stems), value.at + REACH + 1))
    stems = (sentence.stems[at] for at in reach if at not in taken)
    return {stem: sentence.weights[stem] for stem in stems if stem in sentence.weights}


def _counts_same(
    one: SentenceFeatures,
    value: Value,
    other: SentenceFeatures,
    rival: Value,
    heads: AbstractSet[str],
    meant: Mapping[str, float],
) -> bool:
    """Whether two numbers count the same thing: a telling word right behind both, and one order of magnitude.

    Where only what a name stands for is the same, they have to be nearer. A month counts nothing.
    """
    if value.kind is Kind.MONTH:
        return True
    fates = {each.fate for each in (*one.tolls, *other.tolls) if each.value in (value, rival)}
    theirs = _head(other, rival)[0]
    if len(fates) > 1 or not _is_near(value, rival):
        return False
    return bool(heads & theirs) or (bool(meant.keys() & theirs) and _is_near(value, rival, NEARLY))


def _is_near(value: Value, rival: Value, factor: float = LARGEST_FACTOR) -> bool:
    low, high = sorted((float(value.amount), float(rival.amount)))
    return high <= factor * low


def _head(
    sentence: SentenceFeatures, value: Value, known: KnownSet | None = None
) -> tuple[set[str], dict[str, float]]:
    """Return what a number counts: the next telling words of its clause but names (a place is where, not what).

    With a known set also what those names are known to stand for, with the weight of each name.
    """
    reach = takewhile(lambda at: not _is_border(sentence, at), range(value.last + 1, len(sentence.stems)))
    telling = [at for at in islice(reach, REACH) if sentence.stems[at] in sentence.weights][:HEAD]
    named = [sentence.stems[at] for at in telling if sentence.tokens[at].text in sentence.names]
    heads = {sentence.stems[at] for at in telling} - set(named)
    meant = ((each, name) for name in named if known for each in known.meant_by(sentence.language, name))
    return heads, {each: sentence.weights[name] for each, name in meant}


def _is_border(sentence: SentenceFeatures, at: int) -> bool:
    """Whether a clause begins at a token: punctuation stands before it."""
    return bool(BORDER.search(sentence.text[sentence.tokens[at - 1].end : sentence.tokens[at].start]))


def _words(sentence: SentenceFeatures, value: Value, shared: set[str]) -> str:
    """Return the stretch of the sentence that says what the value counts: from the first to the last shared word."""
    places = [at for at, stem in enumerate(sentence.stems) if stem in shared and abs(at - value.at) <= REACH]
    after = [at for at in places if at > value.at] or places
    first, last = sentence.tokens[min(after)], sentence.tokens[max(after)]
    return " ".join(sentence.text[first.start : last.end].split())

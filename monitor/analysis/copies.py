"""Copies: whether an article repeats an earlier one.

In:  an article's words, and earlier articles that share its address, its text or its fingerprints.
Out: the Duplicate that explains it best, or None; whether a sentence was added to what was copied.
Not here: looking candidates up (store/entries.py); whether a copy stays silent (judge.py).
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from monitor.analysis.features import features
from monitor.model.article import Article
from monitor.model.judgement import Copy, Duplicate
from monitor.text.fingerprint import containment, shingles
from monitor.text.tokens import stem, words

# Why these: docs/decisions/0012-copies.md.
LEAST_SHARED: Final = 3
LEAST_CONTAINED: Final = 0.25
SHORT: Final = 25  # shingles, about two sentences; a name and a phrase are soon a third of so short a text:
LEAST_CONTAINED_SHORT: Final = 0.8
WHOLE: Final = 0.9  # a text that stands wholly in another
SHORTER: Final = 0.7  # and is this much shorter, is a part of it
ABOUT_AS_MUCH: Final = 2 / 3  # of what the best holds: then the earlier one is the original
# Of a sentence's weighted words, in the text it was added to: footers and strangers' paragraphs have less in common.
ON_THE_EVENT: Final = 0.15
_TEXTS: Final = 192  # whose shingles are kept at hand, 10 MB: carriers of one story are held against the same ones


def fingerprint_of(article: Article) -> frozenset[int]:
    """Return all shingles of an article's text; its title is no part of it, desks rewrite titles first."""
    return _shingles(article.body)


@lru_cache(maxsize=_TEXTS)
def _shingles(text: str) -> frozenset[int]:
    return shingles(words(text))


def exact(kind: Copy, article: Article, earlier: Article) -> Duplicate:
    """Return the duplicate that an equal address or an equal text makes."""
    own = fingerprint_of(article)
    share = round(containment(own, fingerprint_of(earlier)), 4) if own else 1.0
    return Duplicate(of=earlier.entry.id, kind=kind, containment=1.0 if kind is Copy.SAME_TEXT else share)


def says_the_same(article: Article, earlier: Article) -> bool:
    """Whether nearly all of an article stands in an earlier one; a headline alone must be the same."""
    own = fingerprint_of(article)
    if not own:
        return words(article.title) == words(earlier.title)
    return containment(own, fingerprint_of(earlier)) >= WHOLE


def is_telling(article: Article, earlier: Article) -> bool:
    """Whether it tells anything that two articles have one text: "Read more" stands under any headline."""
    return len(fingerprint_of(article)) >= SHORT or words(article.title) == words(earlier.title)


def near(article: Article, earlier: Iterable[Article]) -> Duplicate | None:
    """Return the earlier article that this one repeats, if one holds enough of it. earlier: first judged first.

    The one that holds most, but rather one judged before it that holds about as much: where two copies share a
    stranger's paragraphs, or one was copied from the other, the first that told it is the original.
    """
    own = fingerprint_of(article)
    least = LEAST_CONTAINED_SHORT if len(own) < SHORT else LEAST_CONTAINED
    shares = [
        (round(containment(own, theirs), 4), each, theirs) for each in earlier if (theirs := fingerprint_of(each))
    ]
    enough = [pair for pair in shares if pair[0] >= least and len(own & pair[2]) >= LEAST_SHARED]
    most = max((share for share, _, _ in enough), default=0.0)
    alike = [pair for pair in enough if pair[0] >= most * ABOUT_AS_MUCH]
    if not alike:
        return None
    share, original, theirs = alike[0]
    return Duplicate(of=original.entry.id, kind=_kind(own, theirs, share), containment=share)


def _kind(own: frozenset[int], theirs: frozenset[int], share: float) -> Copy:
    if own == theirs:
        return Copy.SAME_TEXT
    return Copy.PART_OF if share >= WHOLE and len(own) <= SHORTER * len(theirs) else Copy.NEAR_COPY


def belongs_to(sentence: str, original: Article) -> bool:
    """Whether a sentence was added to a text: it is about the same event, and takes no run of three words from it."""
    language = original.language
    weights = features(sentence, language).weights
    shared = weights.keys() & _stems(original.body, language)
    is_on_it = sum(weights[each] for each in shared) >= ON_THE_EVENT * sum(weights.values()) > 0.0
    return is_on_it and not shingles(words(sentence)) & fingerprint_of(original)


@lru_cache(maxsize=_TEXTS)
def _stems(text: str, language: str) -> frozenset[str]:
    return frozenset(stem(word, language) for word in words(text))

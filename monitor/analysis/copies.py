"""Copies: whether an article repeats an earlier one.

In:  an article's words, and earlier articles that share its address, its text or its fingerprints.
Out: the Duplicate that explains it best, or None.
Not here: looking candidates up (store/entries.py); whether a copy stays silent (judge.py).
"""

from collections.abc import Iterable
from typing import Final

from monitor.model.article import Article
from monitor.model.judgement import Copy, Duplicate
from monitor.text.fingerprint import containment, shingles
from monitor.text.tokens import words

# FracMinHash, three shared hashes and containment .3: recall .95 to .99 on every kind of rewrite that was measured.
LEAST_SHARED: Final = 3
LEAST_CONTAINED: Final = 0.3
SHORT: Final = 25  # shingles, about two sentences; a name and a phrase are soon a third of so short a text:
LEAST_CONTAINED_SHORT: Final = 0.8
WHOLE: Final = 0.9  # a text that stands wholly in another
SHORTER: Final = 0.7  # and is this much shorter, is a part of it


def fingerprint_of(article: Article) -> frozenset[int]:
    """Return all shingles of an article's text; its title is no part of it, desks rewrite titles first."""
    return shingles(words(article.body))


def exact(kind: Copy, earlier: Article | None) -> Duplicate | None:
    """Return the duplicate that an equal address or an equal text makes."""
    return Duplicate(of=earlier.entry.id, kind=kind, containment=1.0) if earlier else None


def says_the_same(article: Article, earlier: Article) -> bool:
    """Whether nearly all of an article stands in an earlier one; an article without a text adds nothing to it."""
    own = fingerprint_of(article)
    return not own or containment(own, fingerprint_of(earlier)) >= WHOLE


def near(article: Article, earlier: Iterable[Article]) -> Duplicate | None:
    """Return the earlier article that holds most of this one, if it holds enough; the first of equals."""
    own = fingerprint_of(article)
    least = LEAST_CONTAINED_SHORT if len(own) < SHORT else LEAST_CONTAINED
    best: Duplicate | None = None
    for candidate in earlier:
        theirs = fingerprint_of(candidate)
        share = round(containment(own, theirs), 4)
        if share >= least and len(own & theirs) >= LEAST_SHARED and (best is None or share > best.containment):
            is_part = share >= WHOLE and len(own) <= SHORTER * len(theirs)
            best = Duplicate(of=candidate.entry.id, kind=Copy.PART_OF if is_part else Copy.NEAR_COPY, containment=share)
    return best

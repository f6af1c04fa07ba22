"""Weights: how much a word tells, from how rare it is in the language.

In:  folded words.
Out: weights in [0, 1]: 0.0 for "the", 1.0 for words too rare to be listed.
Not here: counts of the store's own articles.
"""

from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Final

from monitor.text.tokens import is_unspaced, stem
from monitor.text.word_table import CLASSES

COMMON: Final = 9.0  # minus log frequency up to which a word joins others and says nothing ("with", "pour", "для")
RARE: Final = 13.0  # from here on a word tells all it can; the table ends at 12.5
_WORDS: Final = 65_536  # kept at hand
CHARACTER: Final = 0.5  # of a script without spaces: about two of them make a word


def weight(word: str) -> float:
    """Return how much a folded word tells, in [0, 1]; a number tells as much as a rare word, a lone letter nothing."""
    listed = _table().get(word)
    if listed is not None:
        return listed
    if len(word) > 1 or word.isdigit():
        return 1.0
    return CHARACTER if is_unspaced(word) else 0.0


def is_listed(word: str) -> bool:
    """Whether a folded word is a common one of some language."""
    return word in _table()


@lru_cache(maxsize=_WORDS)
def stem_weight(word: str, language: str) -> tuple[str, float]:
    """Return the stem of a folded word, and how much the word tells; language: ISO 639-1."""
    return stem(word, language), weight(word)


def stem_weights(words: Iterable[str], language: str) -> dict[str, float]:
    """Return how much the telling words of a text tell, by their stems, in the order of these; language: ISO 639-1."""
    told = dict(stem_weight(word, language) for word in words)
    return {term: told[term] for term in sorted(told) if told[term] > 0.0}


@cache
def _table() -> dict[str, float]:
    return {word: _scaled((number + 0.5) / 2) for number, words in CLASSES.items() for word in words.split()}


def _scaled(rarity: float) -> float:
    return min(1.0, max(0.0, (rarity - COMMON) / (RARE - COMMON)))

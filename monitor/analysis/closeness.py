"""Closeness: how near an article is to a baseline as a whole, for words that are ambiguous by themselves.

In:  known texts; an article.
Out: the middle of the texts of each language; a figure in [0, 1], or None where the baseline cannot tell.
Not here: what figure is enough (a term's own setting), how new an article is (novelty.py).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from monitor.analysis.stories import Spread, counted, likeness
from monitor.model.article import Article
from monitor.model.watch import KnownText
from monitor.text.tokens import words

Middle = Mapping[str, Mapping[str, float]]  # language -> stem -> weight

MOST_CHARS: Final = 10_000  # of a text
_ALONE: Final = Spread(total=0)  # no counts of stories: a baseline is not held against others


def middle_of(texts: Iterable[KnownText]) -> Middle:
    """Return the summed words of known texts, by language; each text counts as much as any other."""
    summed: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for text in texts:
        terms = _terms(text.title, text.text, text.language)
        total = sum(terms.values())
        for term, told in terms.items():
            summed[text.language][term] += told / total
    return {language: dict(terms) for language, terms in summed.items()}


def closeness(article: Article, middle: Middle) -> float | None:
    """Return the cosine of an article's words to the middle of the known texts of its language; None without any."""
    known = middle.get(article.language)
    return likeness(_terms(article.title, article.body, article.language), known, _ALONE) if known else None


def _terms(title: str, text: str, language: str) -> dict[str, float]:
    """Return what the words of a text tell: of the whole text, as one name makes no subject."""
    return counted(words(f"{title}\n{text[:MOST_CHARS]}"), language)

"""Stories: which event an article belongs to.

In:  an article; the open stories of a watch.
Out: the story it joins, or a new one, as it stands afterwards.
Not here: merging and splitting, loading stories (store/stories.py).
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from monitor.model.article import Article
from monitor.model.ids import make_id
from monitor.model.story import Story
from monitor.text.tokens import stem, words
from monitor.text.weights import weight

# Title twice and the first 900 characters: pair AUC .997. The threshold: docs/decisions/0004-stories.md.
TITLE_COUNTS: Final = 2
LEAD: Final = 900
SAME: Final = 0.2
WINDOW: Final = timedelta(days=14)
MOST_TERMS: Final = 200  # of a story, heaviest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The story an article belongs to, with the article counted in."""

    story: Story
    likeness: float  # to the story as it was, 0.0 .. 1.0; 0.0 for a new one
    is_new: bool


def place(article: Article, stories: Sequence[Story], watch: str, *, now: datetime, of: str | None = None) -> Placement:
    """Return where an article belongs: story `of` (that of what it copies), the likest open one, or a new one."""
    terms = _terms(article)
    rarity = _rarity(stories)
    ranked = [(_cosine(terms, story.terms, rarity), story) for story in stories]
    best = next((pair for pair in ranked if pair[1].id == of), None) or max(ranked, key=lambda p: p[0], default=None)
    if best and (best[1].id == of or best[0] >= SAME):
        return Placement(story=_joined(best[1], terms, now), likeness=round(best[0], 4), is_new=False)
    fresh = Story(
        id=make_id("story", watch, article.entry.id),
        watch=watch,
        title=article.title,
        terms=terms,
        articles=1,
        created=now,
        updated=now,
    )
    return Placement(story=fresh, likeness=0.0, is_new=True)


def _terms(article: Article) -> dict[str, float]:
    found = [*words(article.title) * TITLE_COUNTS, *words(article.body[:LEAD])]
    counts = Counter(stem(word, article.language) for word in found)
    told = {stem(word, article.language): weight(word) for word in found}
    weighted = {term: round((1 + math.log(counts[term])) * value, 4) for term, value in told.items() if value > 0.0}
    return _heaviest(weighted)


def _rarity(stories: Sequence[Story]) -> dict[str, float]:
    """Return by term how little it tells open stories apart: in every one of them it tells almost nothing."""
    spread = Counter(term for story in stories for term in story.terms)
    total = math.log1p(max(len(stories), 10))
    return {term: max(0.1, 1.0 - math.log(count) / total) for term, count in spread.items() if count > 1}


def _cosine(one: Mapping[str, float], other: Mapping[str, float], rarity: Mapping[str, float]) -> float:
    def scaled(terms: Mapping[str, float]) -> dict[str, float]:
        return {term: value * rarity.get(term, 1.0) for term, value in terms.items()}

    a, b = scaled(one), scaled(other)
    shared = math.fsum(a[term] * b[term] for term in sorted(a.keys() & b.keys()))
    length = math.sqrt(math.fsum(v * v for v in a.values())) * math.sqrt(math.fsum(v * v for v in b.values()))
    return shared / length if length else 0.0


def _joined(story: Story, terms: Mapping[str, float], now: datetime) -> Story:
    both = story.terms.keys() | terms.keys()
    summed = {term: round(story.terms.get(term, 0.0) + terms.get(term, 0.0), 4) for term in both}
    return replace(story, terms=_heaviest(summed), articles=story.articles + 1, updated=now)


def _heaviest(terms: Mapping[str, float]) -> dict[str, float]:
    return dict(sorted(terms.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_TERMS])

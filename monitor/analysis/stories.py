"""Stories: which event an article belongs to.

In:  an article; the stories that share its rarest words; how many open stories each word stands in.
Out: the story it joins, or a new one, as it stands afterwards; two stories as one.
Not here: finding the stories that share words (store/stories.py), people's merging and splitting (pipeline/shelf.py).
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from monitor.model.article import Article
from monitor.model.ids import make_id
from monitor.model.story import Story
from monitor.text.tokens import words
from monitor.text.weights import stem_weight, stem_weights

# Title twice and the first 900 characters: pair AUC .997. The other figures: docs/decisions/0004-stories.md.
TITLE_COUNTS: Final = 2
LEAD: Final = 900
SAME: Final = 0.2  # cosine from which an article belongs to a story of its own day
FADES: Final = 0.02  # by how much more it must be alike, for each unit of log(1 + days / 7) since
FADES_OVER_DAYS: Final = 7.0
WINDOW: Final = timedelta(days=180)
MOST_TERMS: Final = 100  # of a story, heaviest first
LEADING: Final = 12  # of an article's words by which stories are looked up; with 8 pairs were placed .01 worse
MOST_HOLDERS: Final = 1_000  # stories; a word that stands in more of them finds too many
LEAST_RARITY: Final = 0.1  # of a word that stands in every open story
FEWEST_COUNTED: Final = 10  # stories; with fewer, in how many a word stands says little


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """In how many of a watch's open stories words stand."""

    total: int  # open stories
    holders: Mapping[str, int] = field(default_factory=dict)  # stem -> stories that have it; none for 0

    def rarity(self, term: str) -> float:
        """Return how well a word tells open stories apart, in [0.1, 1.0]."""
        holders = self.holders.get(term, 0)
        if holders <= 1:
            return 1.0
        return max(LEAST_RARITY, 1.0 - math.log(holders) / math.log1p(max(self.total, FEWEST_COUNTED)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The story an article belongs to, with the article counted in."""

    story: Story
    likeness: float  # to the story as it was, 0.0 .. 1.0; 0.0 for a new one
    is_new: bool


def terms_of(article: Article) -> dict[str, float]:
    """Return what of an article is compared: stem -> weight, heaviest first, at most MOST_TERMS."""
    found = [*words(article.title) * TITLE_COUNTS, *words(article.body[:LEAD])]
    return _heaviest(counted(found, article.language))


def counted(found: Sequence[str], language: str) -> dict[str, float]:
    """Return how much each telling word of a text tells there, by its stem: more where it recurs. found: its words."""
    counts = Counter(stem_weight(word, language)[0] for word in found)
    told = stem_weights(found, language)
    return {term: round((1 + math.log(counts[term])) * value, 4) for term, value in told.items()}


def leading(terms: Mapping[str, float], spread: Spread) -> tuple[str, ...]:
    """Return the words of an article by which its story is looked up, most telling first: those that a few have."""
    held = [term for term in terms if 0 < spread.holders.get(term, 0) <= MOST_HOLDERS]
    return tuple(sorted(held, key=lambda term: (-terms[term] * spread.rarity(term), term))[:LEADING])


def place(
    article: Article,
    terms: Mapping[str, float],
    stories: Sequence[Story],
    watch: str,
    *,
    spread: Spread,
    now: datetime,
    of: str | None = None,
) -> Placement:
    """Return where an article belongs: story `of` (that of what it copies), the likest one, or a new one.

    terms: of the article (terms_of). stories: those that may be the one. spread: of the words of all of these.
    """
    ranked = [(likeness(terms, story.terms, spread), story) for story in stories]
    own = next((pair for pair in ranked if pair[1].id == of), None)
    alike = [pair for pair in ranked if pair[0] >= SAME + _faded(pair[1], now)]
    best = own or max(alike, key=lambda pair: (pair[0] - _faded(pair[1], now), pair[1].id), default=None)
    if best is not None:
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


def likeness(one: Mapping[str, float], other: Mapping[str, float], spread: Spread) -> float:
    """Return the cosine of two sets of weighted words, in [0, 1], each word counted by how rare it is."""
    a, b = _scaled(one, spread), _scaled(other, spread)
    shared = math.fsum(a[term] * b[term] for term in a.keys() & b.keys())
    length = _length(a) * _length(b)
    return shared / length if length else 0.0


def merged(story: Story, other: Story) -> Story:
    """Return two stories of a watch as one, under the id and the title of the first."""
    return replace(
        story,
        terms=_summed(story.terms, other.terms),
        articles=story.articles + other.articles,
        created=min(story.created, other.created),
        updated=max(story.updated, other.updated),
    )


def _faded(story: Story, now: datetime) -> float:
    days = max(0.0, (now - story.updated) / timedelta(days=1))
    return FADES * math.log1p(days / FADES_OVER_DAYS)


def _scaled(terms: Mapping[str, float], spread: Spread) -> dict[str, float]:
    return {term: value * spread.rarity(term) for term, value in terms.items()}


def _length(terms: Mapping[str, float]) -> float:
    return math.sqrt(math.fsum(value * value for value in terms.values()))


def _joined(story: Story, terms: Mapping[str, float], now: datetime) -> Story:
    return replace(story, terms=_summed(story.terms, terms), articles=story.articles + 1, updated=now)


def _summed(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    both = one.keys() | other.keys()
    return _heaviest({term: round(one.get(term, 0.0) + other.get(term, 0.0), 4) for term in both})


def _heaviest(terms: Mapping[str, float]) -> dict[str, float]:
    return dict(sorted(terms.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_TERMS])

"""Asides: the lines of a text that its host put there, not its author.

In:  an article; where the lines of its host have been seen before.
Out: which of its lines are no part of it, and which to remember.
Not here: the phrases of forms, share bars and credits (text/noise.py), remembering lines (store/lines.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from xxhash import xxh3_64_intdigest

from monitor.model.article import Article
from monitor.text.noise import leftovers
from monitor.text.tokens import words
from monitor.text.weights import stem_weights

REMEMBERED: Final = timedelta(days=90)
UNRELATED: Final = 3  # articles of which no two are related, this one included, make a line the host's
SIGHTINGS: Final = 8  # of a line that are looked at, the newest
RENEWED: Final = timedelta(days=7)  # a line that is known to be the host's is noted again after this
# Measured on 370 articles of 90 outlets: half of all lines, and .94 of those that repeat under three events.
SHORT: Final = 60  # characters
FIRST: Final = 2  # lines, of any length
LAST: Final = 3
MOST: Final = 100  # lines of an article
ALIKE: Final = 0.15  # docs/decisions/0013-asides.md
# A host that always writes on one thing has its name in every title: time tells them apart.
OVER: Final = timedelta(days=14)
LARGEST_SHARE: Final = 2 / 3  # of a text; who would set more aside has misread it
HASH_BITS: Final = 48  # of 64: a host has thousands of lines, not billions


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """An earlier article that has a line."""

    title: str
    language: str
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Asides:
    """What of an article's text is no part of it; line numbers from 0, in order."""

    repeated: tuple[int, ...] = ()  # what the host repeats under unrelated stories
    phrases: tuple[int, ...] = ()  # forms, share bars, credits
    noted: tuple[int, ...] = ()  # hashes of lines to remember

    @property
    def lines(self) -> tuple[int, ...]:
        """All of them."""
        return tuple(sorted({*self.repeated, *self.phrases}))


def candidates(article: Article) -> dict[int, int]:
    """Return the hashes of the lines that may be the host's, by their number: short ones, and those at the edges.

    The headline and lines without letters or digits are none.
    """
    lines = article.text.split("\n")
    headline = _spelt(article.title)
    found: dict[int, int] = {}
    for at in _places(lines):
        line = _spelt(lines[at])
        if line != headline and any(map(str.isalnum, line)):
            found[at] = xxh3_64_intdigest(line.encode("utf-8", "surrogatepass")) >> (64 - HASH_BITS)
    return found


def judge(article: Article, hashes: Mapping[int, int], seen: Mapping[int, Sequence[Sighting]]) -> Asides:
    """Return what to set aside.

    hashes: as from `candidates`. seen: by hash, earlier articles of the same host, the newest first.
    Where that would be most of the text, nothing is set aside.
    """
    lines = article.text.split("\n")
    phrases = leftovers(lines, tuple(hashes), article.language)
    here = Sighting(title=article.title, language=article.language, seen_at=article.entry.first_seen)
    repeated: list[int] = []
    noted: dict[int, None] = {}
    for at, line in hashes.items():
        if at in phrases:
            continue
        earlier = seen.get(line, ())[:SIGHTINGS]
        is_hosts = _is_unrelated(here, earlier)
        if is_hosts:
            repeated.append(at)
        if _is_worth_noting(here, earlier, is_hosts):
            noted[line] = None
    if sum(len(lines[at]) for at in {*repeated, *phrases}) > LARGEST_SHARE * len(article.text):
        return Asides(noted=tuple(noted))
    return Asides(repeated=tuple(repeated), phrases=phrases, noted=tuple(noted))


def _places(lines: Sequence[str]) -> list[int]:
    """Return the numbers of the lines that may be the host's: not all of a long list, but always its end."""
    end = len(lines) - LAST
    found = [at for at, line in enumerate(lines) if len(line) <= SHORT or at < FIRST or at >= end]
    return found if len(found) <= MOST else found[: MOST - LAST] + found[-LAST:]


def _spelt(line: str) -> str:
    return " ".join(line.casefold().split())


def _is_unrelated(here: Sighting, earlier: Sequence[Sighting]) -> bool:
    """Whether enough articles have the line of which no two are related, the newest chosen first."""
    chosen = [here]
    for each in earlier:
        if not any(_are_related(each, other) for other in chosen):
            chosen.append(each)
        if len(chosen) == UNRELATED:
            return True
    return False


def _is_worth_noting(here: Sighting, earlier: Sequence[Sighting], is_hosts: bool) -> bool:
    """Whether this sighting says more of a line than those before: it is of another story, or they grow old."""
    if is_hosts:
        return here.seen_at - earlier[0].seen_at >= RENEWED
    return not any(_are_related(here, each) for each in earlier)


def _are_related(one: Sighting, other: Sighting) -> bool:
    """Whether two articles may be on one story; those whose titles tell nothing may."""
    if abs(one.seen_at - other.seen_at) > OVER:
        return False
    a, b = _terms(one.title, one.language), _terms(other.title, other.language)
    shared = sum(a[term] for term in sorted(a.keys() & b.keys()))
    return shared >= ALIKE * min(sum(a.values()), sum(b.values()))


@lru_cache(maxsize=1024)
def _terms(title: str, language: str) -> Mapping[str, float]:
    """Return how much each word of a title tells, by its stem."""
    return stem_weights(words(title), language)

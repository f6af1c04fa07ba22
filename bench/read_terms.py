"""Terms: how long it takes to find very many names in a text, beside one `re` alternation of the same names.

In:  how many articles, how many repeats.
Out: CPU an article for each number of terms, of both ways; how many names were found.
Not here: what else queries can ask for (tests of analysis/match.py).

Both ways fold for themselves: ours takes marks and look-alikes out and keeps the way back to the text, `re` is given
`casefold()`. Both want whole words. Ours must find every name that `re` finds.
"""

import json
import os
import random
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from typing import Final

from bench.delta import DifferentResultError
from bench.processes import ROOT
from bench.read_words import LANGUAGES, name, text
from monitor.analysis.match import Matcher, MatchText
from monitor.analysis.query import parse

COUNTS: Final = (10, 1_000, 10_000, 100_000)
RE_COUNTS: Final = (10, 1_000, 10_000)
A_WATCH: Final = 100  # terms in one watch's list
_WARM: Final = 5  # articles
_FEW: Final = 12  # articles for what takes `re` tens of milliseconds each
_WORD: Final = re.compile(r"[A-Z][a-z]{4,}")


@dataclass(slots=True)
class Terms:
    """What finding so many terms costs: one number a repeat, CPU ms an article."""

    articles: int
    characters: float  # of an article, on average
    ours_ms: dict[int, list[float]] = field(default_factory=dict)  # by the number of terms
    re_ms: dict[int, list[float]] = field(default_factory=dict)
    built_s: dict[int, float] = field(default_factory=dict)  # what it took to build ours
    found: dict[int, float] = field(default_factory=dict)  # terms in an article, on average

    def speedups(self, count: int) -> list[float]:
        """Return what `re` takes divided by what ours does, repeat by repeat."""
        return [theirs / ours for theirs, ours in zip(self.re_ms[count], self.ours_ms[count], strict=True)]


def articles(most: int) -> list[str]:
    """Return texts of real length: those of the shared events where they are at hand, else our own."""
    path = Path(os.environ.get("NEWS_SHARED") or ROOT.parent / "shared") / "data" / "events" / "giveme5w1h_events.jsonl"
    if path.is_file():
        told = (json.loads(line) for line in path.read_text().splitlines())
        return [f"{each['title']}\n\n{each['text']}" for each in told][:most]
    dice = random.Random(4)
    return [text(dice, LANGUAGES[at % len(LANGUAGES)], words=dice.randint(350, 1_300)) for at in range(most)]


def measure_terms(*, most: int, repeats: int, most_terms: int) -> Terms:
    """Measure both ways in turns. Raises DifferentResultError."""
    texts = articles(most)
    names = _names(texts, most_terms)
    figures = Terms(articles=len(texts), characters=mean(map(len, texts)))
    for count in COUNTS:
        if count <= most_terms:
            _measure(figures, texts, names[:count], repeats)
    return figures


def _measure(figures: Terms, texts: Sequence[str], names: Sequence[str], repeats: int) -> None:
    count = len(names)
    began = time.process_time()
    matcher = _matcher(names)
    figures.built_s[count] = time.process_time() - began
    wanted = re.compile(rf"(?<!\w)(?:{'|'.join(names)})(?!\w)") if count in RE_COUNTS else None
    found = [_ours(matcher, each) for each in texts]
    figures.found[count] = mean(map(len, found))
    for each, ours in zip(texts[:_FEW], found, strict=False):
        if wanted is not None and (lost := _by_re(wanted, each) - ours):
            raise DifferentResultError(f"with {count} terms we do not find {sorted(lost)[:5]}, which re finds")
    for _ in range(repeats):
        figures.ours_ms.setdefault(count, []).append(_cost_ms(lambda one: _ours(matcher, one), texts))
        if wanted is not None:
            some = texts if count <= 1_000 else texts[:_FEW]
            figures.re_ms.setdefault(count, []).append(_cost_ms(lambda one: _by_re(wanted, one), some))


def _matcher(names: Sequence[str]) -> Matcher:
    lists = (names[at : at + A_WATCH] for at in range(0, len(names), A_WATCH))
    return Matcher({f"watch{at}": parse(" OR ".join(words), terms={}) for at, words in enumerate(lists)})


def _ours(matcher: Matcher, article: str) -> set[str]:
    met = matcher.match(MatchText(text=article)).met
    return {mention.text.casefold() for mentions in met.values() for mention in mentions}


def _by_re(wanted: re.Pattern[str], article: str) -> set[str]:
    return set(wanted.findall(article.casefold()))


def _cost_ms(find: Callable[[str], object], texts: Sequence[str]) -> float:
    for each in texts[:_WARM]:
        find(each)
    began = time.process_time()
    for each in texts:
        find(each)
    return (time.process_time() - began) / len(texts) * 1e3


def _names(texts: Iterable[str], count: int) -> list[str]:
    """Return names to look for, one in twenty of which stands in some of the texts; in casefolded letters."""
    dice = random.Random(1_000_003)
    there = sorted({word.casefold() for each in texts for word in _WORD.findall(each)})
    dice.shuffle(there)
    found: dict[str, None] = {}
    while len(found) < count:
        is_there = there and len(found) % 20 == 19
        found[there.pop() if is_there else f"{name(dice)}{name(dice)}".casefold()] = None
    return list(found)

"""Salience: which new sentences are developments, and which of them to quote.

In:  sentences with their novelty; the title.
Out: a figure in [0, 1] a sentence; up to five sentences that say most with least repetition.
Not here: how new a sentence is (novelty.py).
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from math import fsum
from typing import Final

from monitor.analysis.features import SentenceFeatures
from monitor.model.judgement import Novelty
from monitor.text.sentences import is_heading
from monitor.text.speech import looks_back, speaking
from monitor.text.tokens import words
from monitor.text.values import Kind
from monitor.text.weights import weight

# Weights as measured on the seeds: research/novelty.md, 4 (P@5 of new developments .75 against lead .40).
TITLE, REPORTED, PAST = 0.5, 0.3, 0.3
LARGEST: Final = 1.0 + TITLE + REPORTED
MOST_QUOTES: Final = 5
BESIDE_BEST: Final = 0.5  # of the most salient one's figure: what matters less is left to the text (decision 0020)
ALIKE: Final = 0.5  # share of words from which a further quote repeats one already chosen

_SENTENCES: Final = 1_024  # whose words are kept at hand
_QUOTE: Final = re.compile('["“”«»„]')


def salience(sentence: SentenceFeatures, title: SentenceFeatures | None, score: float) -> float:
    """Return how much a sentence matters as a development, in [0, 1].

    Newness counts most; closeness to the title, a quotation or a reporting verb raise it, a year or "in recent months"
    lowers it. A heading only says in short what the text below it says.
    """
    if is_heading(sentence.text) and sentence != title:
        return 0.0
    told = [token.text for token in sentence.tokens]
    is_past = looks_back(told, sentence.language) or any(value.kind is Kind.YEAR for value in sentence.values)
    is_said = bool(_QUOTE.search(sentence.text) or speaking(told, sentence.language))
    raw = score + TITLE * _closeness(sentence, title) + REPORTED * is_said - PAST * is_past
    return round(min(1.0, max(0.0, raw / LARGEST)), 4)


def choose(candidates: Sequence[Novelty], most: int = MOST_QUOTES) -> tuple[Novelty, ...]:
    """Return the most salient sentences, most salient first, without those that repeat a chosen one (greedy MMR).

    One that matters much less than the first is not quoted, unless a value changed in it.
    """
    chosen: list[Novelty] = []
    ranked = sorted(enumerate(candidates), key=lambda pair: (-pair[1].salience, pair[0]))
    least = BESIDE_BEST * ranked[0][1].salience if ranked else 0.0
    for _, candidate in ranked:
        matters = candidate.salience >= least or candidate.changes
        if (
            matters
            and len(chosen) < most
            and all(_overlap(candidate.sentence, each.sentence) < ALIKE for each in chosen)
        ):
            chosen.append(candidate)
    return tuple(chosen)


def _closeness(sentence: SentenceFeatures, title: SentenceFeatures | None) -> float:
    """Return the weighted share of the title's words that a sentence has."""
    if title is None or not title.weights:
        return 0.0
    shared = sum(weight for stem, weight in title.weights.items() if stem in sentence.weights)
    return shared / sum(title.weights.values())


def _overlap(one: str, other: str) -> float:
    """Return the weighted share of its words that the one with less to say has in common with another."""
    (a, told), (b, other_told) = _told(one), _told(other)
    least = min(told, other_told)
    return fsum(map(weight, a & b)) / least if least else 0.0


@lru_cache(maxsize=_SENTENCES)
def _told(sentence: str) -> tuple[frozenset[str], float]:
    """Return the words of a sentence, and their weight."""
    found = frozenset(words(sentence))
    return found, fsum(map(weight, found))  # exact: sets have no order

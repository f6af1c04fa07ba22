"""Salience: which new sentences are developments, and which of them to quote.

In:  sentences with their novelty; the title.
Out: a figure in [0, 1] a sentence; up to five sentences that say most with least repetition.
Not here: how new a sentence is (novelty.py).
"""

import re
from collections.abc import Sequence
from typing import Final

from monitor.analysis.features import SentenceFeatures
from monitor.model.judgement import Novelty
from monitor.text.tokens import words
from monitor.text.values import Kind

# Weights as measured on the seeds: research/novelty.md, 4 (P@5 of new developments .75 against lead .40).
TITLE, REPORTED, YEAR = 0.5, 0.3, 0.3
LARGEST: Final = 1.0 + TITLE + REPORTED
MOST_QUOTES: Final = 5
ALIKE: Final = 0.5  # share of words from which a further quote repeats one already chosen

_QUOTE: Final = re.compile('["“”«»„]')
_REPORTING_WORDS: Final = (
    "said says told announced declared warned accused denied confirmed added urged demanded reported claimed stated "
    "dit declare annonce affirme averti accuse confirme ajoute dijo anuncio advirtio denuncio confirmo "
    "sagte erklarte warnte bestatigte teilte сказал сказала заявил заявила сообщил сообщила подтвердил "
    "قال قالت اعلن اعلنت اكد اكدت"
)
_REPORTING: Final = frozenset(_REPORTING_WORDS.split())


def salience(sentence: SentenceFeatures, title: SentenceFeatures | None, score: float) -> float:
    """Return how much a sentence matters as a development, in [0, 1].

    Newness counts most; closeness to the title, a quotation or a reporting verb raise it, a year lowers it.
    """
    reported = bool(_QUOTE.search(sentence.text)) or any(token.text in _REPORTING for token in sentence.tokens)
    year = any(value.kind is Kind.YEAR for value in sentence.values)
    raw = score + TITLE * _closeness(sentence, title) + REPORTED * reported - YEAR * year
    return round(min(1.0, max(0.0, raw / LARGEST)), 4)


def choose(candidates: Sequence[Novelty], most: int = MOST_QUOTES) -> tuple[Novelty, ...]:
    """Return the most salient sentences, most salient first, without those that repeat a chosen one (greedy MMR)."""
    chosen: list[Novelty] = []
    ranked = sorted(enumerate(candidates), key=lambda pair: (-pair[1].salience, pair[0]))
    for _, candidate in ranked:
        if len(chosen) < most and all(_overlap(candidate.sentence, each.sentence) < ALIKE for each in chosen):
            chosen.append(candidate)
    return tuple(chosen)


def _closeness(sentence: SentenceFeatures, title: SentenceFeatures | None) -> float:
    """Return the weighted share of the title's words that a sentence has."""
    if title is None or not title.weights:
        return 0.0
    shared = sum(weight for stem, weight in title.weights.items() if stem in sentence.weights)
    return shared / sum(title.weights.values())


def _overlap(one: str, other: str) -> float:
    a, b = set(words(one)), set(words(other))
    return len(a & b) / min(len(a), len(b)) if a and b else 0.0

"""The known set: every sentence the reader knows that may bear on an article, indexed for comparing.

In:  known texts, and vectors where there is an embedder.
Out: KnownSet: coverage by words, likeness by meaning, and what has been named or counted before.
Not here: choosing the texts (pipeline/assess.py), what a score means (novelty.py).
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from monitor.analysis.features import SentenceFeatures, features
from monitor.model.embedding import Vector
from monitor.model.judgement import Known
from monitor.model.watch import KnownText
from monitor.text.noise import mask
from monitor.text.sentences import split
from monitor.text.tokens import words

POOL: Final = 3  # known sentences that may together cover one (Zhao et al., cs/0510054: "selected pool")
LEAST_WEIGHT: Final = 0.1  # of a word that stands in every known sentence
FEWEST_COUNTED: Final = 100  # sentences; with fewer, how often a word recurs says little
CROSS_LANGUAGE_OFFSET: Final = 0.12  # known pairs score .74 within a language, .62 across (research: novelty.md, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSentence:
    """One known sentence and what is compared of it."""

    known: Known
    features: SentenceFeatures


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much of a sentence is known, by words and by meaning; each in [0, 1]."""

    coverage: float  # idf-weighted share of its words, by up to three known sentences of its language
    meaning: float | None  # how well up to three known sentences rebuild its vector; None without vectors
    nearest: int | None  # index of the known sentence that says most of it
    is_cross_language: bool = False  # the nearest in meaning is of another language


@lru_cache(maxsize=2_048)
def sentences_of(title: str, text: str, language: str) -> tuple[tuple[str, bool], ...]:
    """Return an article's sentences, its title first, each with whether it is noise; "* * *" and "…" say nothing."""
    body = split(text, language)
    if body and title and body[0].casefold().rstrip(".") == title.casefold().rstrip("."):
        body = body[1:]
    found = ((title,) if title.strip() else ()) + body
    masked = zip(found, mask(found, headline=title), strict=True)
    return tuple((sentence, is_noise or not words(sentence)) for sentence, is_noise in masked)


def known_sentences(
    texts: Iterable[KnownText], vectors: Mapping[str, Vector], *, most: int
) -> tuple[KnownSentence, ...]:
    """Return the sentences of known texts that are no noise, in order, each wording once, at most `most`."""
    found: dict[str, KnownSentence] = {}
    for text in texts:
        for sentence, is_noise in sentences_of(text.title, text.text, text.language):
            if not is_noise and sentence not in found and len(found) < most:
                known = Known(text=sentence, source=text.source, outlet=text.outlet, date=text.date)
                seen = features(sentence, text.language, vectors.get(sentence))
                found[sentence] = KnownSentence(known=known, features=seen)
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class KnownSet:
    """Known sentences, indexed. Made by `index`."""

    sentences: tuple[KnownSentence, ...]
    postings: Mapping[tuple[str, str], Sequence[int]] = field(repr=False)  # (language, stem) -> sentences, in order
    words: frozenset[str] = field(repr=False)  # folded words of all of them
    amounts: frozenset[str] = field(repr=False)  # of their values
    matrix: NDArray[np.float32] | None = field(repr=False)  # unit rows; None without vectors

    def weight(self, language: str, stem: str, told: float) -> float:
        """Return how much a stem tells here: what it tells in its language, less what it recurs among the known."""
        total = max(len(self.sentences), FEWEST_COUNTED)
        recurs = math.log1p(len(self.postings.get((language, stem), ()))) / math.log1p(total)
        return told * max(LEAST_WEIGHT, 1.0 - recurs)

    def likeness(self, sentence: SentenceFeatures) -> Likeness:
        """Return how much of a sentence is known. An empty known set knows nothing."""
        if not self.sentences:
            return Likeness(0.0, None if sentence.vector is None else 0.0, None)
        weights = {s: self.weight(sentence.language, s, told) for s, told in sentence.weights.items()}
        covered = self._cover(sentence.language, weights)
        coverage, shares = self._pool(sentence.language, weights, covered)
        if self.matrix is None or sentence.vector is None:
            return Likeness(coverage, None, _best(shares))
        own = _unit(sentence.vector)
        near = self.matrix @ own + self._offsets(sentence.language)
        nearest = int(np.argmax(near + _dense(shares, len(near))))
        closest = np.argsort(-near, kind="stable")[:POOL]
        is_foreign = self.sentences[int(closest[0])].features.language != sentence.language
        meaning = float(near[closest[0]]) if is_foreign else _rebuilt(own, self.matrix[closest])
        return Likeness(coverage, round(min(1.0, max(0.0, meaning)), 4), nearest, is_foreign)

    def nearest(self, sentence: SentenceFeatures, most: int) -> tuple[int, ...]:
        """Return the known sentences of its language that share most with a sentence, most first."""
        shared = self._cover(sentence.language, sentence.weights)
        return tuple(sorted(shared, key=lambda at: (-round(shared[at], 9), at))[:most])

    def _cover(self, language: str, weights: Mapping[str, float]) -> dict[int, float]:
        """Return by known sentence the weight of the stems it shares."""
        shared: dict[int, float] = defaultdict(float)
        for stem, weight in weights.items():
            for at in self.postings.get((language, stem), ()):
                shared[at] += weight
        return shared

    def _pool(
        self, language: str, weights: Mapping[str, float], shared: dict[int, float]
    ) -> tuple[float, dict[int, float]]:
        """Return the share that the best few known sentences cover together, and each one's own share."""
        total = sum(weights.values())
        if total <= 0.0 or not shared:
            return (0.0 if weights else 1.0), {}
        shares = {at: value / total for at, value in shared.items()}
        left, covered = dict(weights), 0.0
        for _ in range(POOL):
            best = _best(shared)
            if best is None:
                break
            covered += shared[best]
            left = {s: w for s, w in left.items() if s not in self.sentences[best].features.weights}
            shared = self._cover(language, left)
        return min(1.0, covered / total), shares

    def _offsets(self, language: str) -> NDArray[np.float32]:
        other = [CROSS_LANGUAGE_OFFSET if each.features.language != language else 0.0 for each in self.sentences]
        return np.array(other, dtype=np.float32)


def index(sentences: tuple[KnownSentence, ...]) -> KnownSet:
    """Return a known set over sentences; meaning is compared where every one of them has a vector."""
    postings: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at, each in enumerate(sentences):
        for stem in each.features.weights:
            postings[each.features.language, stem].append(at)
    vectors = [each.features.vector for each in sentences]
    return KnownSet(
        sentences=sentences,
        postings=postings,
        words=frozenset(token.text for each in sentences for token in each.features.tokens),
        amounts=frozenset(value.amount for each in sentences for value in each.features.values),
        matrix=_rows([v for v in vectors if v is not None]) if sentences and None not in vectors else None,
    )


def _rows(vectors: Sequence[Vector]) -> NDArray[np.float32]:
    rows = np.frombuffer(b"".join(vectors), dtype=np.int8).reshape(len(vectors), -1).astype(np.float32)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(norms, 1.0), dtype=np.float32)


def _unit(vector: Vector) -> NDArray[np.float32]:
    return _rows([vector]).reshape(-1)


def _rebuilt(own: NDArray[np.float32], rows: NDArray[np.float32]) -> float:
    """Return how long the part of a unit vector is that others rebuild together (least squares)."""
    weights = np.linalg.lstsq(rows.T, own, rcond=None)[0]
    return float(np.linalg.norm(rows.T @ weights))


def _dense(shares: Mapping[int, float], size: int) -> NDArray[np.float32]:
    dense = np.zeros(size, dtype=np.float32)
    for at, share in shares.items():
        dense[at] = share
    return dense


def _best(shared: Mapping[int, float]) -> int | None:
    """Return the key of the largest value, the first of equals."""
    return min(shared, key=lambda at: (-round(shared[at], 9), at), default=None)

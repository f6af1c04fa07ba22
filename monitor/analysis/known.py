"""The known set: every sentence the reader knows that may bear on an article, indexed for comparing.

In:  known texts, and vectors where there is an embedder.
Out: KnownSet: coverage by words, likeness by meaning, and what has been named or counted before.
Not here: choosing the texts (pipeline/assess.py), what a score means (novelty.py).
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from heapq import nsmallest
from typing import Final

import numpy as np
from numpy.typing import NDArray

from monitor.analysis.features import SentenceFeatures, features
from monitor.model.embedding import Scale, Vector
from monitor.model.judgement import Known
from monitor.model.watch import KnownText
from monitor.text.noise import mask
from monitor.text.sentences import split
from monitor.text.spellings import is_one_name
from monitor.text.tokens import stem, words

POOL: Final = 3  # known sentences that may together cover one (Zhao et al., cs/0510054: "selected pool")
LEAST_WEIGHT: Final = 0.1  # of a word that stands in every known sentence
FEWEST_COUNTED: Final = 100  # sentences; with fewer, how often a word recurs says little
WHOLE: Final = 1 << 30  # what a weight of 1.0 is where weights are added


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


def stems_of(
    title: str, text: str, language: str, vectors: Mapping[str, Vector], on: date | None = None
) -> frozenset[str]:
    """Return what the sentences of an article that are no noise may be found by. on: its day."""
    told = [sentence for sentence, is_noise in sentences_of(title, text, language) if not is_noise]
    return frozenset().union(*(features(each, language, vectors.get(each), on).telling for each in told))


def known_sentences(
    texts: Iterable[KnownText], vectors: Mapping[str, Vector], *, most: int
) -> tuple[KnownSentence, ...]:
    """Return the sentences of known texts that are no noise, in order, each wording once, at most `most`."""
    found: dict[str, KnownSentence] = {}
    for text in texts:
        for sentence, is_noise in sentences_of(text.title, text.text, text.language):
            if not is_noise and sentence not in found and len(found) < most:
                known = Known(text=sentence, source=text.source, outlet=text.outlet, date=text.date)
                on = text.date.date() if text.date else None
                seen = features(sentence, text.language, vectors.get(sentence), on)
                found[sentence] = KnownSentence(known=known, features=seen)
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class KnownSet:
    """Known sentences, indexed. Made by `index`."""

    sentences: tuple[KnownSentence, ...]
    postings: Mapping[str, Mapping[str, Sequence[int]]] = field(repr=False)  # language -> stem -> sentences, in order
    amounts: frozenset[str] = field(repr=False)  # of their values
    matrix: NDArray[np.float32] | None = field(repr=False)  # unit rows; None without vectors
    gains: Mapping[str, NDArray[np.float32]] = field(repr=False)  # language -> what multiplies each row's likeness
    offsets: Mapping[str, NDArray[np.float32]] = field(repr=False)  # language -> what is added to that
    scale: Scale = field(default_factory=Scale)  # of the vectors' model

    def has_language(self, language: str) -> bool:
        """Whether a text of a language can be held against most of the known: by meaning, or by words of its own."""
        own = sum(each.features.language == language for each in self.sentences)
        return self.matrix is not None or 2 * own >= len(self.sentences)

    def weight(self, language: str, stem: str, told: float) -> float:
        """Return how much a stem tells here: what it tells in its language, less what it recurs among the known."""
        total = max(len(self.sentences), FEWEST_COUNTED)
        recurs = math.log1p(len(self._having(language).get(stem, ()))) / math.log1p(total)
        return told * max(LEAST_WEIGHT, 1.0 - recurs)

    def likeness(self, sentence: SentenceFeatures) -> Likeness:
        """Return how much of a sentence is known. An empty known set knows nothing."""
        if not self.sentences:
            return Likeness(0.0, None if sentence.vector is None else 0.0, None)
        told = self.as_told(sentence)
        weights = {s: _whole(self.weight(sentence.language, s, told[s])) for s in told}
        covered = self._cover(sentence.language, weights)
        coverage, shares = self._pool(sentence.language, weights, covered)
        if self.matrix is None or sentence.vector is None or len(sentence.vector) != self.matrix.shape[1]:
            return Likeness(coverage, None, _best(shares))
        own = _unit(sentence.vector)
        near = self.matrix @ own * self.gains.get(sentence.language, self.scale.cross_gain)
        near += self.offsets.get(sentence.language, self.scale.cross_offset)
        nearest = int(np.argmax(near + _dense(shares, len(near))))
        closest = np.argsort(-near, kind="stable")[:POOL]
        is_foreign = self.sentences[int(closest[0])].features.language != sentence.language
        rebuilt = _rebuilt(own, self.matrix[closest]) * self.scale.gain + self.scale.offset
        meaning = float(near[closest[0]]) if is_foreign else rebuilt
        return Likeness(coverage, round(min(1.0, max(0.0, meaning)), 4), nearest, is_foreign)

    def nearest(self, sentence: SentenceFeatures, most: int) -> tuple[int, ...]:
        """Return the known sentences of its language that share most with a sentence, most first."""
        shared = self._cover(sentence.language, {stem: _whole(told) for stem, told in sentence.weights.items()})
        return tuple(at for _, at in nsmallest(most, [(-weight, at) for at, weight in shared.items()]))

    def has_told(self, name: str, language: str) -> bool:
        """Whether a folded name stands in a known sentence of any language."""
        found = (at for having in self.postings.values() for at in having.get(stem(name, language), ()))
        return any(token.text == name for at in found for token in self.sentences[at].features.tokens)

    def respelt(self, sentence: SentenceFeatures) -> Mapping[str, str]:
        """Return the names of a sentence that were told in other letters, each with the spelling that is known."""
        unknown = (name for name in sentence.sounds if not self.has_told(name, sentence.language))
        found = ((name, self._spelling(sentence, name)) for name in unknown)
        return {name: spelling for name, spelling in found if spelling is not None}

    def _spelling(self, sentence: SentenceFeatures, name: str) -> str | None:
        """Return the first known name that is another one, spelt otherwise."""
        heard, beside = sentence.sounds[name], sentence.beside(name)
        for at in self._having(sentence.language).get(heard, ()):
            theirs = self.sentences[at].features
            for other, told in theirs.sounds.items():
                if told == heard and is_one_name(name, other, is_beside_same=bool(beside & theirs.beside(other))):
                    return other
        return None

    def as_told(self, sentence: SentenceFeatures) -> Mapping[str, float]:
        """Return the weights of a sentence by stem; a name that was told in other letters is found by its sound."""
        respelt = self.respelt(sentence)
        if not respelt:
            return sentence.weights
        known = {stem(name, sentence.language): sentence.sounds[name] for name in respelt}
        return {known.get(each, each): weight for each, weight in sentence.weights.items()}

    def having(self, language: str, key: str) -> Sequence[int]:
        """Return the known sentences of a language found by a stem, the sound of a name or a fate, in order."""
        return self._having(language).get(key, ())

    def before(self, at: int) -> SentenceFeatures | None:
        """Return the sentence that stands before a known one, if it is of the same text."""
        here, earlier = self.sentences[at], self.sentences[at - 1]
        return earlier.features if at and earlier.known.source == here.known.source else None

    def meant_by(self, language: str, name: str) -> frozenset[str]:
        """Return what known sentences say that a name stands for, by stem."""
        told = (self.sentences[at].features.meant.get(name, frozenset()) for at in self.having(language, name))
        return frozenset().union(*told)

    def _having(self, language: str) -> Mapping[str, Sequence[int]]:
        return self.postings.get(language, {})

    def _cover(self, language: str, weights: Mapping[str, int]) -> dict[int, int]:
        """Return by known sentence the weight of the stems it shares."""
        shared: dict[int, int] = defaultdict(int)
        having = self._having(language)
        for each, weight in weights.items():
            for at in having.get(each, ()):
                shared[at] += weight
        return shared

    def _pool(
        self, language: str, weights: Mapping[str, int], shared: dict[int, int]
    ) -> tuple[float, dict[int, float]]:
        """Return the share that the best few known sentences cover together, and each one's own share."""
        total = sum(weights.values())
        if not total or not shared:
            return (0.0 if weights else 1.0), {}
        shares = {at: value / total for at, value in shared.items()}
        left, covered = dict(weights), 0
        having = self._having(language)
        for _ in range(POOL):
            best = _best(shared)
            if best is None or not shared[best]:
                break
            covered += shared[best]
            for each in left.keys() & self.sentences[best].features.telling:
                weight = left.pop(each)
                for at in having.get(each, ()):
                    shared[at] -= weight
        return min(1.0, covered / total), shares


def index(
    sentences: tuple[KnownSentence, ...], *, stems: AbstractSet[str] | None = None, scale: Scale | None = None
) -> KnownSet:
    """Return a known set over sentences; meaning is compared where every one has a vector, all of one model.

    stems: those of the text that will be compared, if it is one: nothing else is indexed then.
    scale: how the likenesses of the vectors' model are read; None: it is the packaged one.
    """
    scale = scale or Scale()
    postings: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    seen = [each.features for each in sentences]
    for at, each in enumerate(seen):
        having = postings[each.language]
        for key in each.telling if stems is None else each.telling & stems:
            having[key].append(at)
    vectors = [each.vector for each in seen]
    has_meaning = None not in vectors and len({len(v) for v in vectors if v is not None}) == 1
    return KnownSet(
        sentences=sentences,
        postings=postings,
        amounts=frozenset(value.amount for each in seen if each.values for value in each.values),
        matrix=_rows([v for v in vectors if v is not None]) if has_meaning else None,
        gains=_by_row(sentences, postings, scale.gain, scale.cross_gain) if has_meaning else {},
        offsets=_by_row(sentences, postings, scale.offset, scale.cross_offset) if has_meaning else {},
        scale=scale,
    )


def _by_row(
    sentences: Sequence[KnownSentence], languages: Iterable[str], same: float, across: float
) -> dict[str, NDArray[np.float32]]:
    """Return by language what goes with each row: `same` where the sentence is of that language, else `across`."""
    told = np.array([each.features.language for each in sentences])
    return {each: np.where(told == each, same, across).astype(np.float32) for each in languages}


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
    most = max(shared.values(), default=None)
    return min((at for at, value in shared.items() if value == most), default=None)


def _whole(weight: float) -> int:
    """Return a weight as a whole number: sums of such are equal in whatever order they are taken."""
    return round(weight * WHOLE)

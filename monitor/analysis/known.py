"""The known set: every sentence the reader knows that may bear on an article, indexed for comparing.

In:  known texts, and vectors where there is an embedder.
Out: KnownSet: coverage by words, likeness by meaning, and what has been named or counted before.
Not here: choosing the texts (pipeline/assess.py), what a score means (novelty.py).
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from monitor.analysis.features import SentenceFeatures, features
from monitor.model.embedding import Vector
from monitor.model.judgement import Known
from monitor.model.watch import KnownText
from monitor.text.fingerprint import word_hash
from monitor.text.noise import mask
from monitor.text.sentences import split
from monitor.text.tokens import has_words

POOL: Final = 3  # known sentences that may together cover one (Zhao et al., cs/0510054: "selected pool")
LEAST_WEIGHT: Final = 0.1  # of a word that stands in every known sentence
FEWEST_COUNTED: Final = 100  # sentences; with fewer, how often a word recurs says little
WHOLE: Final = 1 << 30  # what a weight of 1.0 is where weights are added
CROSS_LANGUAGE_OFFSET: Final = 0.12  # known pairs score .74 within a language, .62 across (research: novelty.md, 2)
_SIEVE: Final = 0xFFFF  # bits of a key that are looked at first
_STEMS: Final = 65_536  # whose keys are kept at hand
_PARTS: Final = 256  # texts whose sentences are kept at hand: most are known to many articles, one after the other

Weights = NDArray[np.float64]  # by known sentence, all of them whole: see `_whole`
Places = NDArray[np.intp]  # of known sentences, in order


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
    return tuple((sentence, is_noise or not has_words(sentence)) for sentence, is_noise in masked)


def stems_of(title: str, text: str, language: str, vectors: Mapping[str, Vector]) -> frozenset[str]:
    """Return the stems of an article's sentences that are no noise."""
    told = [sentence for sentence, is_noise in sentences_of(title, text, language) if not is_noise]
    return frozenset().union(*(features(each, language, vectors.get(each)).telling for each in told))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """Sentences of one known text, with all that an index over many texts takes from each. Made by `part_of`."""

    sentences: tuple[KnownSentence, ...]
    wordings: frozenset[str]
    stems: Mapping[str, frozenset[str]]  # by language
    keys: NDArray[np.int64]  # of the stems of each sentence, one sentence after the other,
    places: Places  # and beside each the sentence
    words: frozenset[str]
    amounts: frozenset[str]
    rows: NDArray[np.float32] | None  # unit vectors; None where a sentence has none


def part_of(sentences: tuple[KnownSentence, ...]) -> Part:
    """Return sentences as a part of what is known."""
    stems: dict[str, set[str]] = {}
    for each in sentences:
        stems.setdefault(each.features.language, set()).update(each.features.telling)
    sizes = [len(each.features.telling) for each in sentences]
    vectors = [each.features.vector for each in sentences]
    return Part(
        sentences=sentences,
        wordings=frozenset(each.known.text for each in sentences),
        stems={language: frozenset(each) for language, each in stems.items()},
        keys=np.fromiter(_keys(sentences), dtype=np.int64),
        places=np.repeat(np.arange(len(sentences)), sizes),
        words=frozenset().union(*(each.features.words for each in sentences)),
        amounts=frozenset(value.amount for each in sentences for value in each.features.values),
        rows=None if not vectors or None in vectors else _rows([each for each in vectors if each is not None]),
    )


def _keys(sentences: Iterable[KnownSentence]) -> Iterator[int]:
    return (_key(each.features.language, stem) for each in sentences for stem in each.features.telling)


def known_parts(texts: Iterable[KnownText], vectors: Mapping[str, Vector], *, most: int) -> tuple[Part, ...]:
    """Return the sentences of known texts that are no noise, in order, each wording once, at most `most`."""
    parts: list[Part] = []
    seen: set[str] = set()
    for text in texts:
        told = _told(text)
        part = _part(text, tuple(vectors.get(each) for each in told) if vectors else ())
        if not seen.isdisjoint(part.wordings):
            part = _without(part, part.wordings & seen)
        if len(seen) + len(part.sentences) > most:
            part = part_of(part.sentences[: most - len(seen)])
        seen |= part.wordings
        parts.append(part)
    return tuple(parts)


def known_sentences(
    texts: Iterable[KnownText], vectors: Mapping[str, Vector], *, most: int
) -> tuple[KnownSentence, ...]:
    """Return the same without their parts."""
    return tuple(each for part in known_parts(texts, vectors, most=most) for each in part.sentences)


@lru_cache(maxsize=_PARTS)
def _told(text: KnownText) -> tuple[str, ...]:
    sentences = sentences_of(text.title, text.text, text.language)
    return tuple(dict.fromkeys(sentence for sentence, is_noise in sentences if not is_noise))


@lru_cache(maxsize=_PARTS)
def _without(part: Part, wordings: frozenset[str]) -> Part:
    return part_of(tuple(each for each in part.sentences if each.known.text not in wordings))


@lru_cache(maxsize=_PARTS)
def _part(text: KnownText, vectors: tuple[Vector | None, ...]) -> Part:
    """Return the sentences of one text. vectors: one a sentence, or none at all."""
    return part_of(
        tuple(
            KnownSentence(
                known=Known(text=sentence, source=text.source, outlet=text.outlet, date=text.date),
                features=features(sentence, text.language, vectors[at] if vectors else None),
            )
            for at, sentence in enumerate(_told(text))
        )
    )


@dataclass(frozen=True, slots=True)
class KnownSet:
    """Known sentences, indexed. Made by `index` and `joined`."""

    sentences: tuple[KnownSentence, ...]
    postings: Mapping[str, Mapping[str, Places]] = field(repr=False)  # language -> stem -> sentences, in order
    words: frozenset[str] = field(repr=False)  # folded words of all of them
    amounts: frozenset[str] = field(repr=False)  # of their values
    matrix: NDArray[np.float32] | None = field(repr=False)  # unit rows; None without vectors
    offsets: Mapping[str, NDArray[np.float32]] = field(repr=False)  # language -> what is added to each row's likeness

    def weight(self, language: str, stem: str, told: float) -> float:
        """Return how much a stem tells here: what it tells in its language, less what it recurs among the known."""
        total = max(len(self.sentences), FEWEST_COUNTED)
        recurs = math.log1p(len(self._having(language).get(stem, ()))) / math.log1p(total)
        return told * max(LEAST_WEIGHT, 1.0 - recurs)

    def likeness(self, sentence: SentenceFeatures) -> Likeness:
        """Return how much of a sentence is known. An empty known set knows nothing."""
        if not self.sentences:
            return Likeness(0.0, None if sentence.vector is None else 0.0, None)
        weights = {s: _whole(self.weight(sentence.language, s, told)) for s, told in sentence.weights.items()}
        covered = self._cover(sentence.language, weights)
        coverage, shares = self._pool(sentence.language, weights, covered)
        if self.matrix is None or sentence.vector is None:
            return Likeness(coverage, None, _best(shares))
        own = _unit(sentence.vector)
        near = self.matrix @ own + self.offsets.get(sentence.language, CROSS_LANGUAGE_OFFSET)
        nearest = int(np.argmax(near + shares.astype(np.float32)))
        closest = np.argsort(-near, kind="stable")[:POOL]
        is_foreign = self.sentences[int(closest[0])].features.language != sentence.language
        meaning = float(near[closest[0]]) if is_foreign else _rebuilt(own, self.matrix[closest])
        return Likeness(coverage, round(min(1.0, max(0.0, meaning)), 4), nearest, is_foreign)

    def nearest(self, sentence: SentenceFeatures, most: int) -> tuple[int, ...]:
        """Return the known sentences of its language that share most with a sentence, most first."""
        shared = self._cover(sentence.language, {stem: _whole(told) for stem, told in sentence.weights.items()})
        having = np.flatnonzero(shared)
        if len(having) > most:
            least = np.sort(shared)[-most]
            having = np.flatnonzero(shared >= least)
        return tuple(having[np.argsort(-shared[having], kind="stable")][:most].tolist())

    def _having(self, language: str) -> Mapping[str, Places]:
        return self.postings.get(language, {})

    def _cover(self, language: str, weights: Mapping[str, int]) -> Weights:
        """Return by known sentence the weight of the stems it shares."""
        having = self._having(language)
        found = [(having[stem], weight) for stem, weight in weights.items() if stem in having]
        if not found:
            return np.zeros(len(self.sentences))
        places = [each for each, _ in found]
        told = np.repeat([float(weight) for _, weight in found], [len(each) for each in places])
        return np.bincount(np.concatenate(places), told, len(self.sentences)).astype(np.float64, copy=False)

    def _pool(self, language: str, weights: Mapping[str, int], shared: Weights) -> tuple[float, Weights]:
        """Return the share that the best few known sentences cover together, and each one's own share."""
        total = sum(weights.values())
        if not total:
            return (0.0 if weights else 1.0), shared
        having, left, open_, covered = self._having(language), dict(weights), shared.copy(), 0.0
        for _ in range(POOL):
            best = _best(open_)
            if best is None:
                break
            covered += float(open_[best])
            for stem in left.keys() & self.sentences[best].features.weights.keys() & having.keys():
                open_[having[stem]] -= left.pop(stem)
        return min(1.0, covered / total), shared / total


def index(sentences: tuple[KnownSentence, ...], *, stems: AbstractSet[str] | None = None) -> KnownSet:
    """Return a known set over sentences, which have no parts."""
    return joined([part_of(sentences)], stems=stems)


def joined(parts: Sequence[Part], *, stems: AbstractSet[str] | None = None) -> KnownSet:
    """Return a known set over the sentences of all parts; meaning is compared where every one of them has a vector.

    stems: those of the text that will be compared, if it is one: nothing else is indexed then.
    """
    sentences = tuple(chain.from_iterable(part.sentences for part in parts))
    postings = _postings(parts, stems)
    rows = [part.rows for part in parts if part.rows is not None]
    has_meaning = bool(sentences) and sum(map(len, rows)) == len(sentences)
    return KnownSet(
        sentences=sentences,
        postings=postings,
        words=frozenset().union(*(part.words for part in parts)),
        amounts=frozenset().union(*(part.amounts for part in parts)),
        matrix=np.concatenate(rows) if has_meaning else None,
        offsets=_offsets(sentences, postings) if has_meaning else {},
    )


def _postings(parts: Sequence[Part], stems: AbstractSet[str] | None) -> dict[str, dict[str, Places]]:
    """Return by language and stem the places of the sentences that have it; of these stems only, if any are given."""
    found: dict[str, dict[str, Places]] = {language: {} for part in parts for language in part.stems}
    asked: dict[int, tuple[str, str]] = {}
    for language in found:
        some = frozenset().union(*(part.stems.get(language, ()) for part in parts)) if stems is None else stems
        asked.update((_key(language, stem), (language, stem)) for stem in some)
    if not asked:
        return found
    wanted = np.array(sorted(asked), dtype=np.int64)
    sizes = [len(part.sentences) for part in parts]
    befores = np.repeat(np.cumsum([0, *sizes[:-1]]), [len(part.keys) for part in parts])
    keys = np.concatenate([part.keys for part in parts])
    is_near = np.zeros(_SIEVE + 1, dtype=np.bool_)  # most stems are not asked for, and fall through here
    is_near[wanted & _SIEVE] = True
    near = np.flatnonzero(is_near[keys & _SIEVE])
    which = np.minimum(np.searchsorted(wanted, keys[near]), len(wanted) - 1)
    is_asked = wanted[which] == keys[near]
    near, which = near[is_asked], which[is_asked]
    order = np.argsort(which, kind="stable")
    places = (np.concatenate([part.places for part in parts]) + befores)[near[order]]
    ends = np.searchsorted(which[order], np.arange(len(wanted)), side="right").tolist()
    for key, begin, end in zip(wanted.tolist(), [0, *ends], ends, strict=False):
        language, stem = asked[key]
        if begin < end:
            found[language][stem] = places[begin:end]
    return found


@lru_cache(maxsize=_STEMS)
def _key(language: str, stem: str) -> int:
    return word_hash(f"{language} {stem}")


def _offsets(sentences: Sequence[KnownSentence], languages: Iterable[str]) -> dict[str, NDArray[np.float32]]:
    told = np.array([each.features.language for each in sentences])
    return {each: np.where(told == each, 0.0, CROSS_LANGUAGE_OFFSET).astype(np.float32) for each in languages}


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


def _best(weights: Weights) -> int | None:
    """Return the place of the largest weight, the first of equals; None where all are 0."""
    best = int(np.argmax(weights))
    return best if weights[best] > 0.0 else None


def _whole(weight: float) -> int:
    """Return a weight as a whole number: sums of such are equal in whatever order they are taken."""
    return round(weight * WHOLE)

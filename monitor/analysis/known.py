"""The known set: every sentence the reader knows that may bear on an article, indexed for comparing.

In:  known texts, and vectors where there is an embedder.
Out: KnownSet: coverage by words, likeness by meaning, and what has been named or counted before.
Not here: choosing the texts (pipeline/before.py), what a score means (novelty.py).
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import accumulate, chain, groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray

from monitor.analysis.features import SentenceFeatures, features
from monitor.analysis.meaning import Numbers, Rows, chosen_rows, cosines, joined_rows, rebuilt, rows_of, whole_rows
from monitor.analysis.overlap import POOL, Overlap, Places, best, largest, overlap, whole
from monitor.model.embedding import Scale, Vector
from monitor.model.judgement import Known
from monitor.model.watch import KnownText
from monitor.text.fingerprint import word_hash
from monitor.text.noise import mask
from monitor.text.sentences import split
from monitor.text.spellings import is_one_name
from monitor.text.tokens import has_words, stem

LEAST_WEIGHT: Final = 0.1  # of a word that stands in every known sentence
FEWEST_COUNTED: Final = 100  # sentences; with fewer, how often a word recurs says little
_SIEVE: Final = 0xFFFF  # bits of a key by which it is guessed
_KEYS: Final = 65_536  # that are kept at hand
_COUNTS: Final = 4_096  # in how many sentences of how many a stem stands, kept at hand
_PARTS: Final = 256  # texts whose sentences are kept at hand: most are known to many articles, one after the other
_TOGETHER: Final = 64  # sentences that are compared at once: 1 MB of numbers


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


def stems_of(
    title: str, text: str, language: str, vectors: Mapping[str, Vector], on: date | None = None
) -> frozenset[str]:
    """Return what the sentences of an article that are no noise may be found by. on: its day."""
    told = [sentence for sentence, is_noise in sentences_of(title, text, language) if not is_noise]
    return frozenset().union(*(features(each, language, vectors.get(each), on).telling for each in told))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """Known sentences of one language, with all that an index over many parts takes from each. Made by `part_of`."""

    language: str
    sentences: tuple[KnownSentence, ...]
    wordings: frozenset[str]
    telling: frozenset[str]  # what any of them is found by
    keys: NDArray[np.int64] = field(repr=False)  # of what each sentence is found by, one sentence after the other,
    places: Places = field(repr=False)  # and beside each the sentence
    amounts: frozenset[str]  # of their values
    rows: Rows | None = field(repr=False)  # their vectors; None where a sentence has none


def part_of(language: str, sentences: tuple[KnownSentence, ...]) -> Part:
    """Return sentences of one language as a part of what is known."""
    seen = [each.features for each in sentences]
    return Part(
        language=language,
        sentences=sentences,
        wordings=frozenset(each.known.text for each in sentences),
        telling=frozenset().union(*(each.telling for each in seen)),
        keys=np.fromiter((_key(language, each) for one in seen for each in one.telling), dtype=np.int64),
        places=np.repeat(np.arange(len(seen)), np.array([len(each.telling) for each in seen], dtype=np.intp)),
        amounts=frozenset().union(*(each.amounts for each in seen)),
        rows=whole_rows([each.vector for each in seen]),
    )


def parts_of(sentences: Iterable[KnownSentence]) -> tuple[Part, ...]:
    """Return sentences as parts, a run of one language each."""
    runs = groupby(sentences, key=lambda each: each.features.language)
    return tuple(part_of(language, tuple(run)) for language, run in runs)


def known_parts(texts: Iterable[KnownText], vectors: Mapping[str, Vector], *, most: int) -> tuple[Part, ...]:
    """Return the sentences of known texts that are no noise, in order, each wording once, at most `most`."""
    parts: list[Part] = []
    told: set[str] = set()
    for text in texts:
        part = _part(text, tuple(map(vectors.get, wordings(text))) if vectors else ())
        if not told.isdisjoint(part.wordings):
            part = _without(part, part.wordings & told)
        parts += capped([part], most - len(told))
        told |= parts[-1].wordings
        if len(told) == most:
            break
    return tuple(parts)


def known_sentences(
    texts: Iterable[KnownText], vectors: Mapping[str, Vector], *, most: int
) -> tuple[KnownSentence, ...]:
    """Return the same, sentence by sentence."""
    return _sentences(known_parts(texts, vectors, most=most))


def capped(parts: Iterable[Part], most: int) -> tuple[Part, ...]:
    """Return the first parts, with at most `most` sentences together."""
    found: list[Part] = []
    for part in parts:
        found.append(part if len(part.sentences) <= most else _first(part, most))
        most -= len(found[-1].sentences)
    return tuple(found)


def without(part: Part, some: AbstractSet[Known]) -> Part:
    """Return a part without some of its sentences."""
    chosen = [at for at, each in enumerate(part.sentences) if each.known not in some]
    return part if len(chosen) == len(part.sentences) else _of(part, chosen)


@lru_cache(maxsize=_PARTS)
def _first(part: Part, most: int) -> Part:
    return _of(part, range(most))


@lru_cache(maxsize=_PARTS)
def _without(part: Part, wordings: frozenset[str]) -> Part:
    return _of(part, [at for at, each in enumerate(part.sentences) if each.known.text not in wordings])


def _of(part: Part, chosen: Sequence[int]) -> Part:
    """Return some sentences of a part, in order, as `part_of` would make them."""
    sentences = tuple(part.sentences[at] for at in chosen)
    is_kept = np.zeros(len(part.sentences), dtype=bool)
    is_kept[list(chosen)] = True
    stays = is_kept[part.places]
    seen = [each.features for each in sentences]
    rows = chosen_rows(part.rows, is_kept) or whole_rows([each.vector for each in seen])
    return Part(
        language=part.language,
        sentences=sentences,
        wordings=frozenset(each.known.text for each in sentences),
        telling=frozenset().union(*(each.telling for each in seen)),
        keys=part.keys[stays],
        places=(np.cumsum(is_kept) - 1)[part.places[stays]],
        amounts=frozenset().union(*(each.amounts for each in seen)),
        rows=rows,
    )


@lru_cache(maxsize=_PARTS)
def wordings(text: KnownText) -> tuple[str, ...]:
    """Return the sentences of a known text that are no noise, in order, each once."""
    sentences = sentences_of(text.title, text.text, text.language)
    return tuple(dict.fromkeys(sentence for sentence, is_noise in sentences if not is_noise))


@lru_cache(maxsize=_PARTS)
def _part(text: KnownText, vectors: tuple[Vector | None, ...]) -> Part:
    """Return the sentences of a text. vectors: one a sentence, or none at all."""
    on = text.date.date() if text.date else None
    return part_of(
        text.language,
        tuple(
            KnownSentence(
                known=Known(text=sentence, source=text.source, outlet=text.outlet, date=text.date),
                features=features(sentence, text.language, vectors[at] if vectors else None, on),
            )
            for at, sentence in enumerate(wordings(text))
        ),
    )


def _sentences(parts: Iterable[Part]) -> tuple[KnownSentence, ...]:
    return tuple(chain.from_iterable(part.sentences for part in parts))


@dataclass(frozen=True, slots=True)
class KnownSet:
    """Known sentences, indexed. Made by `joined`."""

    sentences: tuple[KnownSentence, ...]
    languages: Mapping[str, int]  # how many are of each
    postings: Mapping[str, Mapping[str, Places]] = field(repr=False)  # language -> stem -> sentences, in order
    amounts: frozenset[str] = field(repr=False)  # of their values
    matrix: Rows | None = field(repr=False)  # their vectors; None without any
    gains: Mapping[str, Numbers] = field(repr=False)  # language -> what multiplies each row's likeness
    offsets: Mapping[str, Numbers] = field(repr=False)  # language -> what is added to that
    scale: Scale = field(default_factory=Scale)  # of the vectors' model

    def has_language(self, language: str) -> bool:
        """Whether a text of a language can be held against most of the known: by meaning, or by words of its own."""
        return self.matrix is not None or 2 * self.languages.get(language, 0) >= len(self.sentences)

    def weight(self, language: str, stem: str, told: float) -> float:
        """Return how much a stem tells here: what it tells in its language, less what it recurs among the known."""
        return told * _rarity(len(self._having(language).get(stem, ())), self._counted())

    def likeness(self, sentence: SentenceFeatures) -> Likeness:
        """Return how much of a sentence is known. An empty known set knows nothing."""
        return self.likenesses([sentence])[0]

    def likenesses(self, sentences: Sequence[SentenceFeatures]) -> tuple[Likeness, ...]:
        """Return how much of each sentence is known, in order."""
        if not self.sentences:
            return tuple(Likeness(0.0, None if each.vector is None else 0.0, None) for each in sentences)
        return tuple(chain.from_iterable(map(self._likenesses, _runs(sentences))))

    def nearest(self, sentence: SentenceFeatures, most: int) -> tuple[int, ...]:
        """Return the known sentences of its language that share most with a sentence, most first."""
        return self.nearests([sentence], most)[0]

    def nearests(self, sentences: Sequence[SentenceFeatures], most: int) -> tuple[tuple[int, ...], ...]:
        """Return the same for each sentence, in order."""
        return tuple(chain.from_iterable(self._nearests(run, most) for run in _runs(sentences)))

    def _likenesses(self, sentences: Sequence[SentenceFeatures]) -> Iterator[Likeness]:
        met, meant = self._overlap(sentences, map(self._weights, sentences)), self._meant(sentences)
        shared = met.shared()
        shares = (shared / np.maximum(met.totals, 1.0)[:, np.newaxis]).astype(np.float32) if meant else shared
        for row, (sentence, total, covered) in enumerate(zip(sentences, met.totals, met.covered(shared), strict=True)):
            coverage = min(1.0, float(covered / total)) if total else 0.0 if sentence.weights else 1.0
            if row not in meant:
                yield Likeness(coverage, None, best(shared[row]))
                continue
            near, closest, length = meant[row]
            is_foreign = self.sentences[int(closest[0])].features.language != sentence.language
            meaning = float(near[closest[0]]) if is_foreign else length
            nearest = int(np.argmax(near + shares[row]))
            yield Likeness(coverage, round(min(1.0, max(0.0, meaning)), 4), nearest, is_foreign)

    def _meant(self, sentences: Sequence[SentenceFeatures]) -> dict[int, tuple[Numbers, Places, float]]:
        """Return how like known sentences are in meaning, by the place of each of these that can be compared.

        All of them; the places of the likest; how well those rebuild it together.
        """
        known = self.matrix
        size = known.size if known else 0
        vectors = {at: each.vector for at, each in enumerate(sentences) if each.vector and len(each.vector) == size}
        if known is None or not vectors:
            return {}
        own = rows_of(list(vectors.values()))
        near = [
            self._scaled(each, sentences[at].language) for at, each in zip(vectors, cosines(own, known), strict=True)
        ]
        closest = [largest(each, POOL) for each in near]
        lengths = (each * self.scale.gain + self.scale.offset for each in rebuilt(own, known, np.stack(closest)))
        return dict(zip(vectors, zip(near, closest, lengths, strict=True), strict=True))

    def _scaled(self, near: Numbers, language: str) -> Numbers:
        gain = self.gains.get(language, self.scale.cross_gain)
        return near * gain + self.offsets.get(language, self.scale.cross_offset)

    def _nearests(self, sentences: Sequence[SentenceFeatures], most: int) -> Iterator[tuple[int, ...]]:
        told = ({stem: whole(value) for stem, value in each.weights.items()} for each in sentences)
        for shared in self._overlap(sentences, told).shared():
            found = largest(shared, most)
            yield tuple(found[shared[found] > 0.0].tolist())

    def _overlap(self, sentences: Sequence[SentenceFeatures], weights: Iterable[Mapping[str, int]]) -> Overlap:
        having = (self._having(each.language) for each in sentences)
        return overlap(list(zip(weights, having, strict=True)), len(self.sentences))

    def has_told(self, name: str, language: str) -> bool:
        """Whether a folded name stands in a known sentence of any language."""
        key = stem(name, language)
        found = (self.sentences[at].features for each in self.postings for at in self.having(each, key))
        return any(name in each.names or any(token.text == name for token in each.tokens) for each in found)

    def respelt(self, sentence: SentenceFeatures) -> Mapping[str, str]:
        """Return the names of a sentence that were told in other letters, each with the spelling that is known."""
        unknown = (name for name in sentence.sounds if not self.has_told(name, sentence.language))
        found = ((name, self._spelling(sentence, name)) for name in unknown)
        return {name: spelling for name, spelling in found if spelling is not None}

    def _spelling(self, sentence: SentenceFeatures, name: str) -> str | None:
        """Return the first known name that is another one, spelt otherwise."""
        heard, beside = sentence.sounds[name], sentence.beside(name)
        for at in self.having(sentence.language, heard):
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
        found = self._having(language).get(key)
        return () if found is None else found.tolist()

    def before(self, at: int) -> SentenceFeatures | None:
        """Return the sentence that stands before a known one, if it is of the same text."""
        here, earlier = self.sentences[at], self.sentences[at - 1]
        return earlier.features if at and earlier.known.source == here.known.source else None

    def meant_by(self, language: str, name: str) -> frozenset[str]:
        """Return what known sentences say that a name stands for, by stem."""
        told = (self.sentences[at].features.meant.get(name, frozenset()) for at in self.having(language, name))
        return frozenset().union(*told)

    def _having(self, language: str) -> Mapping[str, Places]:
        return self.postings.get(language, {})

    def _weights(self, sentence: SentenceFeatures) -> dict[str, int]:
        """Return how much each stem of a sentence tells here, as whole numbers."""
        having, total = self._having(sentence.language), self._counted()
        told = self.as_told(sentence).items()
        return {each: whole(value * _rarity(len(having.get(each, ())), total)) for each, value in told}

    def _counted(self) -> int:
        return max(len(self.sentences), FEWEST_COUNTED)


def joined(parts: Sequence[Part], *, stems: AbstractSet[str] | None = None, scale: Scale | None = None) -> KnownSet:
    """Return a known set over all parts; meaning is compared where every sentence has a vector, all of one model.

    stems: those of the text that will be compared, if it is one: nothing else is indexed then.
    scale: how the likenesses of the vectors' model are read; None: it is the packaged one.
    """
    scale, parts = scale or Scale(), [part for part in parts if part.sentences]
    matrix = joined_rows([part.rows for part in parts])
    return KnownSet(
        sentences=_sentences(parts),
        languages=_languages(parts),
        postings=_postings(parts, stems),
        amounts=frozenset().union(*(part.amounts for part in parts)),
        matrix=matrix,
        gains={} if matrix is None else _by_row(parts, scale.gain, scale.cross_gain),
        offsets={} if matrix is None else _by_row(parts, scale.offset, scale.cross_offset),
        scale=scale,
    )


def _languages(parts: Iterable[Part]) -> Counter[str]:
    found = Counter[str]()
    for part in parts:
        found[part.language] += len(part.sentences)
    return found


def _postings(parts: Sequence[Part], stems: AbstractSet[str] | None) -> dict[str, dict[str, Places]]:
    """Return by language and stem the places of the sentences that have it; of these stems only, if any are given.

    Places are counted through all parts. All keys of all parts are looked through at once, as whole arrays.
    """
    found: dict[str, dict[str, Places]] = {part.language: {} for part in parts}
    asked = {_key(language, each): (language, each) for language in found for each in _asked(parts, language, stems)}
    if not asked:
        return found
    wanted = np.array(sorted(asked), dtype=np.int64)
    keys = np.concatenate([part.keys for part in parts])
    hits, which = _sought(keys, wanted)
    short = which.astype(np.min_scalar_type(len(wanted)))  # seven times as fast to sort
    order = np.argsort(short, kind="stable")
    places = _places(parts)[hits[order]]
    ends = np.cumsum(np.bincount(which, minlength=len(wanted))).tolist()
    for key, begin, end in zip(wanted.tolist(), [0, *ends], ends, strict=False):
        language, each = asked[key]
        if begin < end:
            found[language][each] = places[begin:end]
    return found


def _asked(parts: Iterable[Part], language: str, stems: AbstractSet[str] | None) -> AbstractSet[str]:
    if stems is not None:
        return stems
    mine = (part.sentences for part in parts if part.language == language)
    return frozenset().union(*(each.features.telling for each in chain.from_iterable(mine)))


def _sought(keys: NDArray[np.int64], wanted: NDArray[np.int64]) -> tuple[Places, Places]:
    """Return where in `keys` a wanted one stands, in order, and which it is. wanted: in order, at least one."""
    guessed = np.full(_SIEVE + 1, -1, dtype=np.intp)  # most are not wanted, and fall through here
    guessed[wanted & _SIEVE] = np.arange(len(wanted))
    which = guessed[keys & _SIEVE]
    hits = np.flatnonzero(which >= 0)
    which = which[hits]
    is_other = wanted[which] != keys[hits]
    which[is_other] = np.minimum(np.searchsorted(wanted, keys[hits[is_other]]), len(wanted) - 1)
    is_wanted = wanted[which] == keys[hits]
    return hits[is_wanted], which[is_wanted]


def _places(parts: Sequence[Part]) -> Places:
    """Return the places of all parts, one after the other, as those of sentences among all of them."""
    before = accumulate((len(part.sentences) for part in parts), initial=0)
    return np.concatenate([part.places + at for part, at in zip(parts, before, strict=False)])


@lru_cache(maxsize=_KEYS)
def _key(language: str, stem: str) -> int:
    return word_hash(f"{language} {stem}")


def _by_row(parts: Sequence[Part], same: float, across: float) -> dict[str, Numbers]:
    """Return by language what goes with each row: `same` where the sentence is of that language, else `across`."""
    sizes = [len(part.sentences) for part in parts]
    languages = {part.language for part in parts}
    return {
        each: np.repeat([same if part.language == each else across for part in parts], sizes).astype(np.float32)
        for each in languages
    }


@lru_cache(maxsize=_COUNTS)
def _rarity(count: int, total: int) -> float:
    """Return what a stem tells that stands in so many of all sentences."""
    return max(LEAST_WEIGHT, 1.0 - math.log1p(count) / math.log1p(total))


def _runs(sentences: Sequence[SentenceFeatures]) -> Iterator[Sequence[SentenceFeatures]]:
    return (sentences[at : at + _TOGETHER] for at in range(0, len(sentences), _TOGETHER))

"""Fingerprints: short numbers by which texts that repeat each other are found.

In:  text, or its folded words.
Out: a hash of the whole text, hashes of its three-word runs, the sample of them that is stored, and how much of one
     lies in another.
Not here: looking fingerprints up (store/), deciding what is a copy (analysis/copies.py).
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from hashlib import blake2b
from typing import Final

from xxhash import xxh3_64_intdigest

_RUN: Final = 3  # words in a shingle
# Why these: docs/decisions/0012-copies.md.
MOST_KEPT: Final = 48  # shingles of a text; of more, every second, fourth … is kept,
_COARSEST: Final = 16  # and from every sixteenth on only a text that would keep
_MOST_OF_LONG: Final = 4 * MOST_KEPT  # more than this is thinned further, so that no text fills the store
_STORED_BITS: Final = 32  # of 64: two texts that share three of them by chance are not among millions
_SIGN: Final = 1 << 63


def text_hash(text: str) -> str:
    """Return 32 hex digits that two texts share when they are the same but for case and white space.

    Cheap enough for every text; that two are the same but for their punctuation is told by their shingles.
    """
    return blake2b(" ".join(text.casefold().split()).encode("utf-8", "replace"), digest_size=16).hexdigest()


def shingles(words: Sequence[str]) -> frozenset[int]:
    """Return the hashes of all runs of three folded words, as signed 64-bit integers.

    One or two words are one run. No words give no shingle. Source: xxh3-64 of the words joined by spaces.
    """
    if not words:
        return frozenset()
    told = [word.encode() for word in words]
    runs = zip(*(told[at:] for at in range(_RUN)), strict=False) if len(told) > _RUN else (told,)
    return frozenset(_signed(xxh3_64_intdigest(b" ".join(run))) for run in runs)


def word_hash(word: str) -> int:
    """Return the hash by which a word is found, as a signed 64-bit integer; none can be made to share another's."""
    return int.from_bytes(blake2b(word.encode("utf-8", "replace"), digest_size=8).digest(), signed=True)


def sketch(shingles: AbstractSet[int]) -> frozenset[int]:
    """Return the sample of shingles that is stored, each as a signed 32-bit integer: its upper half.

    Those divisible by 1, 2, 4, 8 or 16, whichever first leaves 48 or fewer; of a long text those divisible by 16, or by
    more where over 192 would be left. Of two texts the coarser sample is the measure: what the finer one keeps beyond
    it tells nothing of the other, so that texts of any two lengths compare.
    Source: FracMinHash (Irber et al., 2022), with a scale that follows the length.
    """
    kept, one_in = list(shingles), 1
    while len(kept) > (MOST_KEPT if one_in < _COARSEST else _MOST_OF_LONG):
        one_in *= 2
        kept = [shingle for shingle in kept if shingle % one_in == 0]
    return frozenset(shingle >> _STORED_BITS for shingle in kept)


def containment(inner: AbstractSet[int], outer: AbstractSet[int]) -> float:
    """Return the share of `inner` that lies in `outer`, 0.0 to 1.0. An empty `inner` lies in nothing: 0.0."""
    return len(outer & inner) / len(inner) if inner else 0.0


def _signed(number: int) -> int:
    return number - (number & _SIGN) * 2

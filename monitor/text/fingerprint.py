"""Fingerprints: short numbers by which texts that repeat each other are found.

In:  text, or its folded words.
Out: a hash of the whole text, hashes of its three-word runs, a sample of them, and how much of one lies in another.
Not here: looking fingerprints up (store/), deciding what is a copy (analysis/copies.py).
"""

from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from hashlib import blake2b
from typing import Final

from xxhash import xxh3_64_intdigest

from monitor.text.tokens import words

_RUN: Final = 3  # words in a shingle
_SAMPLED: Final = 16  # one shingle in so many is kept (measured: recall .95 to .99 on rewrites)
_FEWEST_TO_SAMPLE: Final = 200  # shingles; a shorter text would keep too few to be recognised by, and keeps all
_SIGN: Final = 1 << 63


def text_hash(text: str) -> str:
    """Return 32 hex digits that two texts share when they say the same words in the same order."""
    return blake2b(" ".join(words(text)).encode(), digest_size=16).hexdigest()


def shingles(words: Sequence[str]) -> frozenset[int]:
    """Return the hashes of all runs of three folded words, as signed 64-bit integers.

    One or two words are one run. No words give no shingle. Source: xxh3-64 of the words joined by spaces.
    """
    runs = range(max(1, len(words) - _RUN + 1)) if words else range(0)
    return frozenset(_signed(xxh3_64_intdigest(" ".join(words[at : at + _RUN]).encode())) for at in runs)


def sketch(shingles: AbstractSet[int]) -> frozenset[int]:
    """Return the sample of shingles that is stored: those divisible by 16, or all of a short text.

    Sketches of two long texts, or of two short ones, compare directly. A short text against a long one shares at most
    those of its shingles that are divisible by 16: compare full shingles there.
    Source: FracMinHash (Irber et al., 2022).
    """
    if len(shingles) < _FEWEST_TO_SAMPLE:
        return frozenset(shingles)
    return frozenset(shingle for shingle in shingles if shingle % _SAMPLED == 0)


def containment(inner: Collection[int], outer: AbstractSet[int]) -> float:
    """Return the share of `inner` that lies in `outer`, 0.0 to 1.0. An empty `inner` lies in nothing: 0.0."""
    return sum(shingle in outer for shingle in inner) / len(inner) if inner else 0.0


def _signed(number: int) -> int:
    return number - (number & _SIGN) * 2

"""Meaning: vectors of sentences as rows, and how like they are.

In:  vectors, as an embedder gives them.
Out: cosines of all with all; how well a few rebuild one.
Not here: what a likeness means (known.py, novelty.py), getting vectors (pipeline/vectors.py).

Sums of products of whole numbers are exact as long as they stay below 2^24, as those of unit vectors times 127 do
(Cauchy-Schwarz: 127^2): taken all at once or one by one, on any machine, cosines are the same to the bit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from monitor.model.embedding import Vector

Numbers = NDArray[np.float32]
_RANK: Final = 1e-9  # of the largest eigenvalue; what is less is the noise of two vectors that are one


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """Vectors of one model."""

    numbers: Numbers  # whole ones: a vector a row
    lengths: Numbers  # by row; 1.0 at least

    @property
    def size(self) -> int:
        """How many numbers a vector has."""
        return int(self.numbers.shape[1])


def rows_of(vectors: Sequence[Vector]) -> Rows:
    """Return vectors of one size, one at least, as rows."""
    numbers = np.frombuffer(b"".join(vectors), dtype=np.int8).reshape(len(vectors), -1).astype(np.float32)
    return Rows(numbers=numbers, lengths=np.maximum(np.linalg.norm(numbers, axis=1), 1.0))


def whole_rows(vectors: Sequence[Vector | None]) -> Rows | None:
    """Return vectors as rows; None where one is missing, or they are of two models."""
    found = [each for each in vectors if each is not None]
    is_one = len(found) == len(vectors) > 0 and len(set(map(len, found))) == 1
    return rows_of(found) if is_one else None


def joined_rows(parts: Sequence[Rows | None]) -> Rows | None:
    """Return the rows of all parts; None where one has none, or they are of two models."""
    rows = [each for each in parts if each is not None]
    if not (len(rows) == len(parts) > 0 and len({each.size for each in rows}) == 1):
        return None
    return Rows(
        numbers=np.concatenate([each.numbers for each in rows]), lengths=np.concatenate([each.lengths for each in rows])
    )


def chosen_rows(rows: Rows | None, is_kept: NDArray[np.bool_]) -> Rows | None:
    """Return some of the rows, in order."""
    return None if rows is None else Rows(numbers=rows.numbers[is_kept], lengths=rows.lengths[is_kept])


def cosines(own: Rows, known: Rows) -> Numbers:
    """Return how like each of the one is to each of the other: an array of own by known."""
    products = own.numbers @ known.numbers.T
    return np.asarray(products / known.lengths / own.lengths[:, np.newaxis], dtype=np.float32)


def rebuilt(own: Rows, known: Rows, places: NDArray[np.intp]) -> list[float]:
    """Return how long the part of each vector is that a few others rebuild together (least squares), in [0, 1].

    places: by vector, those of its few. Solved by their Gram matrix, whose sums are exact, too.
    """
    few, lengths = known.numbers[places], known.lengths[places].astype(np.float64)
    alike = few @ few.swapaxes(1, 2) / (lengths[:, :, np.newaxis] * lengths[:, np.newaxis, :])
    along = (few @ own.numbers[:, :, np.newaxis])[:, :, 0] / lengths / own.lengths[:, np.newaxis]
    weights = np.linalg.pinv(alike, rcond=_RANK, hermitian=True) @ along[:, :, np.newaxis]
    squares = (along * weights[:, :, 0]).sum(axis=1)
    return [float(each) for each in np.sqrt(np.clip(squares, 0.0, 1.0))]

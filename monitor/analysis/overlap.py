"""Overlap: how much of some sentences known ones cover, by the weight of the stems that they share.

In:  the stems of each sentence with their weights, and the places of the known sentences that have each.
Out: what every known sentence shares with each; what the best few cover together; the places of the largest.
Not here: what a stem weighs (known.py), what coverage means (novelty.py).

All sentences are taken at once, as whole arrays: one by one, most of the time goes into calls over a few numbers.
Weights are whole numbers in doubles (below 2^53): sums of such are equal in whatever order they are taken.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

POOL: Final = 3  # known sentences that may together cover one (Zhao et al., cs/0510054: "selected pool")
WHOLE: Final = 1 << 30  # what a weight of 1.0 is where weights are added

Weights = NDArray[np.float64]  # whole numbers
Places = NDArray[np.intp]
_FEW: Final = 4
_NOWHERE: Final = np.zeros(0, dtype=np.intp)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Overlap:
    """Where the stems of some sentences stand among the known ones. Made by `overlap`."""

    known: int  # sentences
    rows: Places  # by stem: whose it is
    weights: Weights = field(repr=False)  # by stem
    cells: Places = field(repr=False)  # by meeting of a stem with a known sentence: row * known + place
    stems: Places = field(repr=False)  # and which stem
    totals: Weights  # by row: the weight of all its stems

    def shared(self) -> Weights:
        """Return what each known sentence covers of each row: an array of rows by known sentences."""
        return self._weighed(self.weights)

    def covered(self, shared: Weights) -> Weights:
        """Return what the best known sentences cover together of each row: each takes what those before it left."""
        rows, left, found = np.arange(len(self.totals)), self.weights.copy(), np.zeros(len(self.totals))
        for remaining in reversed(range(POOL)):
            best = shared.argmax(axis=1)
            found += shared[rows, best]
            if remaining:
                taken = self.cells == (best + rows * self.known)[self.rows[self.stems]]
                left[self.stems[taken]] = 0.0
                shared = self._weighed(left)
        return found

    def _weighed(self, weights: Weights) -> Weights:
        size = len(self.totals), self.known
        return _summed(self.cells, weights[self.stems], size[0] * size[1]).reshape(size)


def overlap(sentences: Sequence[tuple[Mapping[str, int], Mapping[str, Places]]], known: int) -> Overlap:
    """Return how sentences overlap with known ones.

    sentences: of each the weights of its stems, and where among `known` sentences any stem stands, in order.
    """
    rows = np.repeat(np.arange(len(sentences)), [len(weights) for weights, _ in sentences])
    told = np.array([weight for weights, _ in sentences for weight in weights.values()], dtype=np.float64)
    places = [having.get(stem, _NOWHERE) for weights, having in sentences for stem in weights]
    stems = np.repeat(np.arange(len(places)), [len(each) for each in places])
    return Overlap(
        known=known,
        rows=rows,
        weights=told,
        cells=np.concatenate([_NOWHERE, *places]) + rows[stems] * known,
        stems=stems,
        totals=_summed(rows, told, len(sentences)),
    )


def best(numbers: NDArray[np.floating]) -> int | None:
    """Return the place of the largest number, the first of equals; None where none is above 0."""
    found = int(np.argmax(numbers))
    return found if numbers[found] > 0.0 else None


def largest(numbers: NDArray[np.floating], most: int) -> Places:
    """Return the places of the largest numbers, those first; of equals the first."""
    if most <= _FEW < len(numbers):  # a third of what sorting them takes
        left, few = numbers.copy(), []
        for _ in range(most):
            few.append(int(left.argmax()))
            left[few[-1]] = -np.inf
        return np.array(few, dtype=np.intp)
    least = np.sort(numbers)[-most] if len(numbers) > most else -np.inf  # a third of what np.partition takes
    found = np.flatnonzero(numbers >= least)
    return np.asarray(found[np.argsort(-numbers[found], kind="stable")[:most]], dtype=np.intp)


def whole(weight: float) -> int:
    """Return a weight as a whole number."""
    return round(weight * WHOLE)


def _summed(places: Places, weights: Weights, size: int) -> Weights:
    return np.asarray(np.bincount(places, weights=weights, minlength=size), dtype=np.float64)

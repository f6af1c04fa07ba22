"""Embeddings: sentences as points, where near means alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol, Self

Vector = bytes  # a unit vector times 127, one signed byte a dimension: exact sums, the same on every machine

# Mean likeness of sentences that say something else, and of those that say the same, as the packaged model has it
# (research/novelty.md, 2). Every threshold of the program was measured on it.
SAME_LANGUAGE: Final = (0.39, 0.74)
CROSS_LANGUAGE: Final = (0.36, 0.62)
CROSS_LANGUAGE_OFFSET: Final = 0.12  # known pairs score .74 within a language, .62 across


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How a model's likenesses are read: times a gain, plus an offset, they are what the packaged model's mean."""

    gain: float = 1.0
    offset: float = 0.0
    cross_gain: float = 1.0  # of sentences in two languages
    cross_offset: float = CROSS_LANGUAGE_OFFSET

    @classmethod
    def of(cls, same: tuple[float, float], cross: tuple[float, float]) -> Self:
        """Return the scale of a model whose mean likenesses are these: of other and of equal sense, the lower first."""
        gain, offset = _onto(same, SAME_LANGUAGE, 0.0)
        cross_gain, cross_offset = _onto(cross, CROSS_LANGUAGE, CROSS_LANGUAGE_OFFSET)
        return cls(gain=gain, offset=offset, cross_gain=cross_gain, cross_offset=cross_offset)


class Embedder(Protocol):
    """Something that turns sentences into vectors. Two implementations: packaged, and an HTTP endpoint."""

    model_id: str
    scale: Scale

    def encode(self, sentences: Sequence[str]) -> list[Vector]:
        """Return one vector a sentence, in order; equal sentences give equal vectors. Raises SourceError."""
        ...


def _onto(given: tuple[float, float], packaged: tuple[float, float], raised: float) -> tuple[float, float]:
    """Return the gain and offset that lead from one pair of likenesses to the other; raised: what is added to both."""
    gain = (packaged[1] - packaged[0]) / (given[1] - given[0])
    return gain, packaged[0] + raised - gain * given[0]

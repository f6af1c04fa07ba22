"""Embeddings: sentences as points, where near means alike."""

from collections.abc import Sequence
from typing import Protocol

Vector = bytes  # a unit vector times 127, one signed byte a dimension: exact sums, the same on every machine


class Embedder(Protocol):
    """Something that turns sentences into vectors. Two implementations: packaged, and (later) an HTTP endpoint."""

    model_id: str

    def encode(self, sentences: Sequence[str]) -> list[Vector]:
        """Return one vector a sentence, in order; equal sentences give equal vectors."""
        ...

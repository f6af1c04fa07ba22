"""The remote embedder: sentences as vectors by an endpoint that somebody runs.

In:  sentences.
Out: unit vectors as the packaged encoder's are kept: one signed byte a dimension; FetchError or ParseError.
Not here: keeping vectors (pipeline/vectors.py), how near means alike (model/embedding.py: Scale).
"""

import asyncio
import math
from collections.abc import Sequence
from typing import Any, Final

from monitor.errors import ParseError
from monitor.model.embedding import Vector
from monitor.model.endpoint import EmbedderEndpoint
from monitor.sources.encoder import BYTE
from monitor.sources.endpoint import EndpointClient

BATCH: Final = 64  # sentences a request
MOST_CHARS: Final = 2_000  # of a sentence; more is more than most models read
DEADLINE_S: Final = 15.0  # a request; the article waits for it
MAX_BYTES: Final = 8 * 1024 * 1024  # 64 vectors of 4,096 numbers with 20 digits and a comma
DIMENSIONS: Final = range(8, 8_193)


class RemoteEmbedder:
    """Asks an OpenAI-compatible `/embeddings`. Called in a thread; `deadline_s` is shorter in tests only."""

    def __init__(self, configured: EmbedderEndpoint, *, deadline_s: float = DEADLINE_S) -> None:
        self.scale = configured.scale
        self._model = configured.endpoint.model
        self._client = EndpointClient(configured.endpoint, "/embeddings")
        self._deadline_s = deadline_s
        self.model_id = f"{self._client.shown} {self._model}"

    def encode(self, sentences: Sequence[str]) -> list[Vector]:
        """Return one vector a sentence, in order. Raises FetchError, ParseError."""
        return asyncio.run(self._encode(sentences))

    async def _encode(self, sentences: Sequence[str]) -> list[Vector]:
        found: list[Vector] = []
        for at in range(0, len(sentences), BATCH):
            some = [sentence[:MOST_CHARS] for sentence in sentences[at : at + BATCH]]
            asked = {"model": self._model, "input": some, "encoding_format": "float"}
            answer = await self._client.ask(asked, max_bytes=MAX_BYTES, deadline_s=self._deadline_s)
            found += self._vectors(answer, len(some))
        if len({len(vector) for vector in found}) > 1:
            raise ParseError(f"{self._client.shown}: answered with vectors of several lengths")
        return found

    def _vectors(self, answer: Any, count: int) -> list[Vector]:
        try:
            rows = {int(each["index"]): each["embedding"] for each in answer["data"]}
            return [_vector(rows[number]) for number in range(count)]
        except (KeyError, TypeError, ValueError, OverflowError):
            raise ParseError(f"{self._client.shown}: answered with something else than {count} vectors") from None


def _vector(row: Any) -> Vector:
    """Return numbers as a unit vector times BYTE. Raises TypeError, ValueError, OverflowError: they are none."""
    import numpy as np

    numbers = np.asarray([float(each) for each in row], dtype=np.float64)
    length = math.hypot(*numbers)
    if len(numbers) not in DIMENSIONS or not math.isfinite(length) or length == 0.0:
        raise ValueError
    return np.rint(numbers / length * BYTE).astype(np.int8).tobytes()

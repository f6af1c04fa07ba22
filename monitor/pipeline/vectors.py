"""Vectors for sentences: from the store where they are, from the embedder where they are not.

In:  sentences.
Out: a vector each, or nothing at all without an embedder.
Not here: what vectors decide (analysis/).
"""

import asyncio
from collections.abc import Iterable, Mapping
from hashlib import blake2b

from monitor.model.embedding import Embedder, Vector
from monitor.store import vectors
from monitor.store.engine import Store


async def vectors_of(sentences: Iterable[str], *, embedder: Embedder | None, store: Store) -> Mapping[str, Vector]:
    """Return the vector of every sentence; those encoded now are kept for the next time."""
    if embedder is None:
        return {}
    keys = {sentence: _key(embedder.model_id, sentence) for sentence in dict.fromkeys(sentences)}
    found = await store.write(lambda tx: vectors.get(tx, list(keys.values())))
    missing = [sentence for sentence, key in keys.items() if key not in found]
    if missing:
        encoded = await asyncio.to_thread(embedder.encode, missing)
        fresh = {keys[sentence]: vector for sentence, vector in zip(missing, encoded, strict=True)}
        await store.write(lambda tx: vectors.put(tx, fresh))
        found |= fresh
    return {sentence: found[key] for sentence, key in keys.items()}


def _key(model_id: str, sentence: str) -> bytes:
    return blake2b(f"{model_id}\0{sentence}".encode("utf-8", "replace"), digest_size=16).digest()

"""Vectors for sentences: from the store where they are, from the embedder where they are not.

In:  sentences.
Out: a vector each, or nothing at all without an embedder, or where it fails.
Not here: what vectors decide (analysis/).
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Final

import structlog

from monitor.errors import SourceError
from monitor.model.embedding import Embedder, Vector
from monitor.store import vectors
from monitor.store.engine import Store

CHUNK: Final = 64  # sentences that are encoded and kept together: what is had before a failure stays

log = structlog.get_logger()


async def vectors_of(sentences: Iterable[str], *, embedder: Embedder | None, store: Store) -> Mapping[str, Vector]:
    """Return the vector of every sentence; those encoded now are kept for the next time.

    All of them or none: where the embedder fails, words alone are compared.
    """
    if embedder is None:
        return {}
    keys = {sentence: _key(embedder.model_id, sentence) for sentence in dict.fromkeys(sentences)}
    found = await store.write(lambda tx: vectors.get(tx, list(keys.values())))
    try:
        missing = [sentence for sentence, key in keys.items() if key not in found]
        found |= await _encoded(missing, keys, embedder, store)
        if len({len(vector) for vector in found.values()}) > 1:  # another model answers to the old one's name
            found = await _encoded(list(keys), keys, embedder, store)
    except SourceError as exc:
        log.warning("embedder_failed", model=embedder.model_id, error=str(exc))
        return {}
    return {sentence: found[key] for sentence, key in keys.items()}


async def _encoded(
    missing: Sequence[str], keys: Mapping[str, bytes], embedder: Embedder, store: Store
) -> dict[bytes, Vector]:
    """Return the vectors of sentences by their keys, fresh from the embedder, and keep them. Raises SourceError."""
    found: dict[bytes, Vector] = {}
    for at in range(0, len(missing), CHUNK):
        some = missing[at : at + CHUNK]
        encoded = await asyncio.to_thread(embedder.encode, some)
        fresh = {keys[sentence]: vector for sentence, vector in zip(some, encoded, strict=True)}
        await store.write(lambda tx, fresh=fresh: vectors.put(tx, fresh))  # type: ignore[misc]
        found |= fresh
    return found


def _key(model_id: str, sentence: str) -> bytes:
    return blake2b(f"{model_id}\0{sentence}".encode("utf-8", "replace"), digest_size=16).digest()

"""Vectors for sentences: from the store where they are, from the embedder where they are not.

In:  sentences.
Out: a vector each, or nothing at all without an embedder, or where it fails.
Not here: what vectors decide (analysis/).
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from itertools import islice
from typing import Final

import structlog

from monitor.errors import SourceError
from monitor.model.embedding import Embedder, Vector
from monitor.store import vectors
from monitor.store.engine import Store

CHUNK: Final = 64  # sentences that are encoded and kept together: what is had before a failure stays
MOST_AT_HAND: Final = 16_384  # vectors of a model, 8 MB; of more the first ones are looked up again

AtHand = dict[str, dict[str, Vector]]  # by model and sentence

log = structlog.get_logger()


async def vectors_of(
    sentences: Iterable[str], *, embedder: Embedder | None, store: Store, at_hand: AtHand | None = None
) -> Mapping[str, Vector]:
    """Return the vector of every sentence; those encoded now are kept for the next time.

    All of them or none: where the embedder fails, words alone are compared.
    at_hand: vectors of this store that need not be looked up; what is found is put there.
    """
    if embedder is None:
        return {}
    asked, kept = dict.fromkeys(sentences), {} if at_hand is None else at_hand.setdefault(embedder.model_id, {})
    found = {sentence: kept[sentence] for sentence in asked if sentence in kept}
    keys = {sentence: _key(embedder.model_id, sentence) for sentence in asked if sentence not in found}
    stored = await store.write(lambda tx: vectors.get(tx, list(keys.values()))) if keys else {}
    found |= {sentence: stored[key] for sentence, key in keys.items() if key in stored}
    try:
        found |= await _encoded([sentence for sentence in asked if sentence not in found], embedder, store)
        if len({len(vector) for vector in found.values()}) > 1:  # another model answers to the old one's name
            found = await _encoded(list(asked), embedder, store)
    except SourceError as exc:
        log.warning("embedder_failed", model=embedder.model_id, error=str(exc))
        return {}
    kept |= found
    for sentence in list(islice(kept, max(0, len(kept) - MOST_AT_HAND))):
        del kept[sentence]
    return {sentence: found[sentence] for sentence in asked}


async def _encoded(missing: Sequence[str], embedder: Embedder, store: Store) -> dict[str, Vector]:
    """Return the vectors of sentences, fresh from the embedder, and keep them. Raises SourceError."""
    found: dict[str, Vector] = {}
    for at in range(0, len(missing), CHUNK):
        some = missing[at : at + CHUNK]
        fresh = dict(zip(some, await asyncio.to_thread(embedder.encode, some), strict=True))
        by_key = {_key(embedder.model_id, sentence): vector for sentence, vector in fresh.items()}
        await store.write(lambda tx, by_key=by_key: vectors.put(tx, by_key))  # type: ignore[misc]
        found |= fresh
    return found


def _key(model_id: str, sentence: str) -> bytes:
    return blake2b(f"{model_id}\0{sentence}".encode("utf-8", "replace"), digest_size=16).digest()

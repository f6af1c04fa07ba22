"""Embeddings by content: no sentence is encoded twice.

In:  a transaction, keys, vectors as bytes.
Out: the bytes that are there.
Not here: encoding (sources/encoder.py), what vectors mean.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert as upsert

from monitor.store.engine import Tx
from monitor.store.tables import VectorRow


def get(tx: Tx, keys: Sequence[bytes]) -> dict[bytes, bytes]:
    """Return what is stored under these keys."""
    found: dict[bytes, bytes] = {}
    for at in range(0, len(keys), 500):  # SQLite's limit on parameters, with room to spare
        some = VectorRow.key.in_(keys[at : at + 500])
        found.update({row.key: row.data for row in tx.execute(select(VectorRow.key, VectorRow.data).where(some))})
    return found


def put(tx: Tx, vectors: Mapping[bytes, bytes]) -> None:
    """Store vectors, in place of those that are there."""
    if vectors:
        put = upsert(VectorRow)
        put = put.on_conflict_do_update(index_elements=["key"], set_={"data": put.excluded.data})
        tx.execute(put, [{"key": k, "data": v} for k, v in sorted(vectors.items())])

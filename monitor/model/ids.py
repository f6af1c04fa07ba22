"""Ids: short names made from what they name, so that the same input always gets the same id."""

from hashlib import blake2b


def make_id(*parts: str) -> str:
    """Return 16 hex digits for parts, in order; no two different lists of parts run together."""
    return blake2b(
        "\0".join(part.replace("\0", "\0\0") for part in parts).encode("utf-8", "replace"), digest_size=8
    ).hexdigest()

"""Ids: short names made from what they name, so that the same input always gets the same id."""

from hashlib import blake2b


def make_id(*parts: str) -> str:
    """Return 16 hex digits for parts, in order; no two different lists of parts run together."""
    joined = "\0".join(part.replace("\1", "\1\1").replace("\0", "\0010") for part in parts)
    return blake2b(joined.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()

"""Ids: short names made from what they name, so that the same input always gets the same id."""

from hashlib import blake2b


def told_apart(guid: str, url_key: str | None, title: str) -> str:
    """Return a guid, 32 hex digits, for an entry whose own one belongs to another entry of its feed."""
    told = f"{guid}\n{url_key or ''}\n{title}"
    return blake2b(told.encode("utf-8", "replace"), digest_size=16).hexdigest()


def make_id(*parts: str) -> str:
    """Return 16 hex digits for parts, in order; no two different lists of parts run together."""
    joined = "\0".join(part.replace("\1", "\1\1").replace("\0", "\0010") for part in parts)
    return blake2b(joined.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()

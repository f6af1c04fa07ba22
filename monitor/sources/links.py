"""Links: addresses as feeds write them, made ones that can be followed and shown.

In:  a link as written, the address it is relative to.
Out: an absolute address of the web without anything that could break out of an attribute, or None.
Not here: whether an address may be asked (guard.py), whether two are the same (text/urls.py).
"""

import re
from typing import Final
from urllib.parse import quote, urljoin, urlsplit

from monitor.sources.markup import clean
from monitor.text.urls import MAX_URL_CHARS

_UNSAFE: Final = re.compile(r"[\x00-\x20\x7f\"<>^`{|}]")
# A host has at most 253 characters. Python folds those of a foreign host in quadratic time: 16,000 took 0.4 s.
_LONG_HOST: Final = re.compile(r"//[^/?#]{256}")


def web_link(base: str, written: str) -> str | None:
    """Return where a link leads, seen from `base`; None where that is not on the web."""
    trimmed = clean(written[: MAX_URL_CHARS + 100]).strip()
    if not 0 < len(trimmed) <= MAX_URL_CHARS or "\\" in trimmed or _LONG_HOST.search(trimmed):
        return None
    try:
        resolved = urljoin(base, trimmed)
        parts = urlsplit(resolved)
        has_host = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not has_host:
        return None
    safe = _UNSAFE.sub(lambda unsafe: quote(unsafe[0], safe=""), resolved)
    return safe if len(safe) <= MAX_URL_CHARS else None


def is_absolute(written: str) -> bool:
    """Return whether a link says its scheme itself."""
    return written.strip()[:8].lower().startswith(("http://", "https://"))

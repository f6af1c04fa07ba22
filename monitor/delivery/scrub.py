"""Scrub: takes a channel's secrets out of a text before it is stored or shown.

In:  a channel's URL, and text that libraries or servers wrote.
Out: the text on one line, without any part of the URL.
Not here: what is logged at all (wire.py).
"""

import re
from urllib.parse import unquote

MASK = "***"
REASON_MAX = 300  # characters of a reason that is stored with a delivery
_PART_MIN = 3  # shorter parts (`to`, `v1`) stand in ordinary words
_DELIMITERS = re.compile(r"[/:@?&=#,;+<>\s]+")


def secrets_of(url: str, *, keep: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Return every part of a channel's URL that may be a secret, longest first.

    Any part may be one: services put tokens in the user, the host, the path and the query alike.
    keep: parts that are known to be none, such as a host that is truly a host.
    """
    _, _, rest = url.partition("://")
    pieces = [url, rest, *_DELIMITERS.split(rest), *_DELIMITERS.split(unquote(rest)), *_userinfo(rest)]
    parts = {form for piece in pieces for form in (piece, unquote(piece)) if len(form) >= _PART_MIN}
    return tuple(sorted(parts - keep, key=lambda part: (-len(part), part)))


def scrub(text: str, secrets: tuple[str, ...]) -> str:
    """Return the text on one line of at most REASON_MAX characters, every secret masked."""
    for secret in secrets:
        text = re.sub(re.escape(secret), MASK, text, flags=re.IGNORECASE)
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= REASON_MAX else line[: REASON_MAX - 1] + "…"


def _userinfo(rest: str) -> list[str]:
    """Return the password and user as written, also with delimiters inside."""
    userinfo = rest.rpartition("@")[0]
    user, _, password = userinfo.partition(":")
    return [userinfo, user, password]

"""Barriers: what a host showed instead of the article.

In:  the article's text as it was found, what the page shows besides, its title, its address, its JSON-LD.
Out: the kind of barrier, or None.
Not here: comparing with what the feed says, or with other pages of the host (pipeline/read.py).

A barrier that is not noticed costs a poor text; one that is only imagined costs the article. So a phrase counts only
where hardly anything else stands on the page, or right at the end of a text that is short.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from monitor.model.article import Barrier
from monitor.sources import barrier_phrases as phrases

SHORT_CHARS: Final = 1_500  # a text under this may be what is left in front of a pay wall
SCANT_CHARS: Final = 500  # and under this, what a consent wall or an error page says itself
FEW_CHARS: Final = 100  # and under this, no article at all
BARE_CHARS: Final = 1_500  # of all that a page shows, with its navigation: an error page has little else to show
CONSENT_CHARS: Final = 3_000  # the longest explanations of a consent wall, with their purposes and partners
BEHIND_CHARS: Final = 600  # how far behind the text the offer of a subscription begins
WHOLE_SHARE: Final = 0.7  # of the words that a page says it has: counts differ by headings, captions, quotes
PART_SHARE: Final = 0.4
MOST_NODES: Final = 50_000  # of JSON-LD that are looked at

_CONSENT_HOST: Final = re.compile(
    r"consent\.(?:google|youtube|yahoo|aol)\.[a-z.]+|guce\.[a-z0-9-]+\.[a-z.]+|myprivacy\.[a-z0-9-]+\.[a-z.]+|"
    r"(?:cmp-)?consent(?:-tool)?\.(?:privacymanager\.io|trustarc\.com|cookiebot\.com)"
)
_CONSENT_PATH: Final = re.compile(
    r"/(?:(?:cookie-?)?consent|cookie-?wall|privacy-?(?:gate|wall)|zustimmung|gdpr-consent)(?:/.*|\.\w+)?",
    re.IGNORECASE,
)
_ENDS_SHORT: Final = re.compile(r"(?:…|\.\.\.)[\])]?\s*$")
_NAME: Final = re.compile(r"[\w-]{1,100}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a page's JSON-LD says of who may read it."""

    is_paid: bool = False
    words: int | None = None  # of the whole article
    parts: tuple[str, ...] = ()  # selectors of what only subscribers may read


def terms_of(told: Sequence[Any]) -> Terms:
    """Return what JSON-LD scripts say of who may read the page (schema.org isAccessibleForFree, wordCount, hasPart)."""
    is_paid, words, parts = False, None, []
    for node in _nodes(told):
        if str(node.get("isAccessibleForFree", "")).rpartition("/")[2].lower() == "false":
            is_paid = True
            selector = node.get("cssSelector")
            parts += [one for one in (selector if isinstance(selector, list) else [selector]) if isinstance(one, str)]
        count = str(node.get("wordCount", ""))
        words = int(count) if words is None and count.isascii() and count.isdigit() and len(count) < 7 else words
    return Terms(is_paid=is_paid, words=words or None, parts=tuple(parts[:10]))


def chars_of(tree: Any, selectors: Sequence[str]) -> int:
    """Return how much text stands in the parts of a page that simple selectors (".paywall", "#story") name."""
    chars = 0
    for selector in selectors:
        kind, name = selector.strip()[:1], selector.strip()[1:]
        if kind in (".", "#") and _NAME.fullmatch(name):
            match = "contains(concat(' ', normalize-space(@class), ' '), concat(' ', $name, ' '))"
            parts = tree.xpath(f"//*[{match if kind == '.' else '@id = $name'}]", name=name)[:1_000]
            chars = max(chars, sum(len(" ".join(part.text_content().split())) for part in parts))
    return chars


def barrier_of(
    text: str, *, shown: str, title: str, url: str | None, terms: Terms, paid_chars: int = 0
) -> Barrier | None:
    """Return what stands before an article, None where nothing does.

    text: the article as it was found; shown: all that the page shows, on one line, needed where the text is short.
    paid_chars: how much text stands where the page says that only subscribers may read.
    """
    if _is_consent_page(url, text) or _asks_consent(text, shown):
        return Barrier.CONSENT_WALL
    if _is_error(text, shown, title):
        return Barrier.ERROR_PAGE
    return Barrier.PAY_WALL if _is_cut_off(text, shown, terms, paid_chars) else None


def _nodes(told: Sequence[Any]) -> Iterator[dict[str, Any]]:
    waiting = list(told)
    for _ in range(MOST_NODES):
        if not waiting:
            return
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def _is_consent_page(url: str | None, text: str) -> bool:
    if url is None:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if _CONSENT_HOST.fullmatch(parts.hostname or ""):
        return True
    return len(text) < SHORT_CHARS and _CONSENT_PATH.fullmatch(parts.path) is not None


def _asks_consent(text: str, shown: str) -> bool:
    if len(text) >= CONSENT_CHARS:
        return False
    if len(text) < SCANT_CHARS and phrases.CONSENT.search(text):
        return True
    lowered = text.lower()
    is_about = any(word in lowered for word in phrases.CONSENT_WORDS)
    if is_about and len({*phrases.CONSENT.findall(lowered), *phrases.CONSENT_TALK.findall(lowered)}) >= 3:
        return True
    return len(text) < FEW_CHARS and len(shown) < CONSENT_CHARS and phrases.CONSENT.search(shown) is not None


def _is_error(text: str, shown: str, title: str) -> bool:
    if len(text) >= SCANT_CHARS:
        return False
    if phrases.ERROR_TITLE.fullmatch(title) or phrases.ERROR.search(text):
        return True
    return len(text) < FEW_CHARS and len(shown) < BARE_CHARS and phrases.ERROR.search(shown) is not None


def _is_cut_off(text: str, shown: str, terms: Terms, paid_chars: int) -> bool:
    """Return whether only the beginning of an article stands there."""
    share = _share_of_words(text, terms.words)
    if terms.is_paid and share is not None and not PART_SHARE <= share < WHOLE_SHARE:
        return share < PART_SHARE
    if len(text) >= SHORT_CHARS:
        return terms.is_paid and (
            _ENDS_SHORT.search(text) is not None or phrases.PAY_WALL.search(text[-300:]) is not None
        )
    if terms.is_paid:
        return paid_chars < len(text) / 2
    return _breaks_off(text) or phrases.PAY_WALL.search(_around(text, shown)) is not None


def _share_of_words(text: str, words: int | None) -> float | None:
    """Return how much of the words that a page says it has were found; None in scripts that do not part words."""
    found = text.split()
    if not words or not found or len(text) > 15 * len(found):
        return None
    return len(found) / words


def _breaks_off(text: str) -> bool:
    """Return whether a text ends in an ellipsis and the call to read on."""
    before, _, last = text.rpartition("\n")
    call = phrases.READ_ON.search(last[-60:])
    if call is None or len(last[-60:]) - call.end() > 3:
        return False
    ahead = last[: len(last) - len(last[-60:]) + call.start()].rstrip(" >»:→[(") or before
    return _ENDS_SHORT.search(ahead[-20:]) is not None


def _around(text: str, shown: str) -> str:
    """Return what the page shows within a text and right behind it; all where the text cannot be found."""
    lines = text.split("\n")
    begin, end = shown.find(lines[0][:40]), shown.rfind(lines[-1][-40:])
    if not text or begin < 0 or end < begin:
        return shown[:CONSENT_CHARS]
    return shown[begin : end + 40 + BEHIND_CHARS]

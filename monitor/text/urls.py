"""Addresses: one key for all the ways an article's web address is written.

In:  a URL as a feed or a page gave it.
Out: its canonical form, by which two entries are recognised as the same page; its host.
Not here: whether an address may be fetched, following redirects (sources/).
"""

import re
from base64 import urlsafe_b64decode
from contextlib import suppress
from functools import lru_cache
from typing import Final
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

from w3lib.url import canonicalize_url

MAX_URL_CHARS: Final = 2_048  # what is longer is no address of an article or a feed
_SCHEMES: Final = ("http", "https")
_DEFAULT_PORTS: Final = (None, 80, 443)
_PREFIX: Final = re.compile(r"(?:www\d?|m|mobile|amp)\.(?=[^.]+\.[^.])(?!(?:ac|co|com|edu|gov|net|org)\.[a-z]{2}\Z)")
_AMP_PATH: Final = re.compile(r"/amp(?=/|\Z)|[./]amp(?=\.html?\Z)|\.amp\Z", re.IGNORECASE)
_GOOGLE: Final = r"google\.(?:[a-z]{2,3}|com?\.[a-z]{2})"  # and not google.com.example.net
_AMP_CACHES: Final = re.compile(rf"(?:.+\.)?cdn\.ampproject\.org|(?:www\.)?{_GOOGLE}")
_AMP_CACHED: Final = re.compile(r"/(?:amp|[cvi])/(?:s/)?([^/.]+\.[^/]+)(/.*)?")
# Ways out of search engines and networks, which name the page that they lead to: (host, path, parameters).
_WAYS_OUT: Final = (
    (re.compile(_GOOGLE), "/url", ("url", "q")),
    (re.compile(r"bing\.com"), "/news/apiclick.aspx", ("url",)),
    (re.compile(r"lm?\.facebook\.com"), "/l.php", ("u",)),
)
_GOOGLE_NEWS: Final = "news.google.com"
_GOOGLE_NEWS_PATH: Final = re.compile(r"/(?:__i/rss/rd/|rss/)?(?:articles|read)/([A-Za-z0-9_-]+)")
# What such an id is in base64: field 1 (19), then field 4, the address, with its length. Newer ids hold no address.
_GOOGLE_NEWS_ID: Final = re.compile(rb"\x08\x13\x22([\x00-\x7f]|[\x80-\xff][\x00-\x7f])(https?://.+)", re.DOTALL)
_SESSION: Final = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/?;]*", re.IGNORECASE)
# What the cleaning leaves as it is; most addresses of articles are no other, and are spared a quarter of a millisecond.
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PLAIN: Final = re.compile(rf"https://((?:{_LABEL}\.)+[a-z]{{2,63}})((?:/[A-Za-z0-9_-][A-Za-z0-9._~-]*)*)")
_UNSEEN: Final = re.compile(r"[\x00-\x20\x7f\ud800-\udfff]+")
# Parameters that say how a reader came, never which page it is.
_TRACKERS: Final = re.compile(
    r"utm_.*|at_.*|pk_.*|mtm_.*|guce_.*|_hs.*|__cf.*|wt_?mc.*|(?:fb|g|dc|tw|y|yc|ysc)clid|gclsrc|msclkid|igshid?|mc_[ce]id|"
    r"gbraid|wbraid|_ga|_gl|cmp(?:id)?|ito|ncid|ocid|s_?cid|smid|smtyp|sr_share|xtor|spm|trk|rss|feature|guccounter|"
    r"ref(?:_?src|_?url|errer|erer)?|source|medium|campaign|traffic_?source|tracking_?id|__twitter_impression|"
    r"(?:php|j|asp\.?net_?|asp)?sess(?:ion)?_?id|cfid|cftoken|amp_js_v|amp_gsa|usqp",
    re.IGNORECASE,
)
_SESSION_VALUE: Final = re.compile(r"[0-9a-f]{16,}", re.IGNORECASE)
_AMP_SWITCHES: Final = {"amp": ("", "1", "true"), "outputtype": ("amp",)}
_MOST_LAYERS: Final = 8


def canonical(url: str) -> str | None:
    """Return the key of a web address, or None where it is no usable http or https address.

    http and https, `www.`, AMP and mobile variants, trackers, session ids, fragments, default ports, a trailing slash
    and the redirects that name their page make no difference; other ports and parameters do. It tells pages apart and
    is never fetched in an address's stead. Twice equals once. Never raises.
    """
    key = _once(url)
    for _ in range(_MOST_LAYERS):  # taking one layer off may bare another
        last, key = key, _once(key) if key else None
        if key == last:
            return key
    return None


def key_of(url: str) -> str:
    """Return what an address is told by: its canonical form, or itself where it has none. Up to some milliseconds."""
    return canonical(url) or url


def host_key(url: str) -> str:
    """Return what stands for one server in politeness: the host in lower case, with a port that is none of the web's.

    http and https are the same server, and a name in any script is the one that is asked for; "" without a host.
    """
    with suppress(ValueError):
        parts = urlsplit(_UNSEEN.sub("", url))
        name, port = (parts.hostname or "").rstrip("."), parts.port
        if not name.isascii():
            name = name.encode("idna").decode()
        return name if port in _DEFAULT_PORTS else f"{name}:{port}"
    return ""


def host(url: str) -> str:
    """Return the host of an address in lower case without `www.`, `m.` or `amp.`; "" where it has none.

    A prefix is kept where only a top-level domain would remain. IP addresses stay as they are.
    """
    with suppress(ValueError):
        return _bare_host(urlsplit(_UNSEEN.sub("", url)).hostname or "")
    return ""


def _once(url: str) -> str | None:
    trimmed = _web(url)
    if trimmed is None:
        return None
    if _is_plain(trimmed):
        return trimmed
    with suppress(ValueError):
        parts = _uncached(urlsplit(canonicalize_url(trimmed)))
        if target := _way_out(parts):
            return target  # the next layer
        if parts.hostname and _bare_host(parts.hostname):
            path = _scrubbed(_path(parts.path))
            key = urlunsplit(("https", _netloc(parts), path, _query(parts.query), ""))
            return key if len(key) <= MAX_URL_CHARS else None
    return None


def _is_plain(url: str) -> bool:
    """Return whether an address is its own key at first sight."""
    found = _PLAIN.fullmatch(url)
    if found is None or _bare_host(found[1]) != found[1]:
        return False
    return found[1] != _GOOGLE_NEWS and not _AMP_PATH.search(found[2]) and not _AMP_CACHED.fullmatch(found[2])


def _uncached(parts: SplitResult) -> SplitResult:
    """Return the publisher's own address where the URL is that of an AMP cache."""
    found = _AMP_CACHED.fullmatch(parts.path)
    if found is None or not _AMP_CACHES.fullmatch(parts.hostname or ""):
        return parts
    return SplitResult("https", found[1], found[2] or "", parts.query, "")


def _way_out(parts: SplitResult) -> str | None:
    """Return the address that a redirect itself says it leads to, if it is one of the web."""
    name = _bare_host(parts.hostname or "")
    if name == _GOOGLE_NEWS and (found := _GOOGLE_NEWS_PATH.fullmatch(parts.path)):
        return _in_google_news(found[1])
    for hosts, path, parameters in _WAYS_OUT:
        if parts.path == path and hosts.fullmatch(name):
            named = dict(parse_qsl(parts.query))
            return next((url for each in parameters if (url := _web(named.get(each, "")))), None)
    return None


def _in_google_news(article: str) -> str | None:
    """Return the address that a Google News id of the older kind holds."""
    held = b""
    with suppress(ValueError):
        held = urlsafe_b64decode(article + "=" * (-len(article) % 4))
    found = _GOOGLE_NEWS_ID.match(held)
    if found is None:
        return None
    length = found[1][0] if len(found[1]) == 1 else found[1][0] - 128 + found[1][1] * 128
    return _web(found[2][:length].decode("utf-8", "replace")) if len(found[2]) >= length else None


def _web(url: str) -> str | None:
    """Return an address that is one of the web, without what nobody sees in it."""
    trimmed = _UNSEEN.sub("", url)
    is_short = len(trimmed) <= MAX_URL_CHARS
    return trimmed if is_short and trimmed.partition(":")[0].lower() in _SCHEMES else None


def _netloc(parts: SplitResult) -> str:
    name = _bare_host(parts.hostname or "")
    shown = f"[{name}]" if ":" in name else name
    return shown if parts.port in _DEFAULT_PORTS else f"{shown}:{parts.port}"


@lru_cache(maxsize=1024)  # Python takes milliseconds for a long name in a foreign script, and is asked again and again
def _bare_host(name: str) -> str:
    bare = name.lower().rstrip(".")
    if "xn--" in bare:
        with suppress(UnicodeError):
            bare = bare.encode("ascii").decode("idna")
    while prefix := _PREFIX.match(bare):
        bare = bare[prefix.end() :]
    return bare


def _path(path: str) -> str:
    return _AMP_PATH.sub("", _SESSION.sub("", path)).rstrip("/")


def _scrubbed(path: str) -> str:
    """Return the path as courlan writes it.

    It does not see the query: it would drop `game=5` and `cid=7` as trackers and make two pages one. Nor a path that
    holds another address: it would cut that off. Nor the host, which it would spell out once more.
    """
    from courlan import clean_url  # a third of a second to import

    cleaned = None if "://" in path or "http:/" in path else clean_url(f"https://example.org{path}")
    return urlsplit(cleaned).path.rstrip("/") if cleaned else path


def _query(query: str) -> str:
    kept = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if not _is_tracker(name, value)]
    return urlencode(sorted(kept))


def _is_tracker(name: str, value: str) -> bool:
    low = name.lower()
    if low == "sid":  # a session, or the id of a story
        return _SESSION_VALUE.fullmatch(value) is not None
    return _TRACKERS.fullmatch(low) is not None or value.lower() in _AMP_SWITCHES.get(low, ())

"""Addresses as operators write them: fit for a feed or not, and equal or not.

In:  a url as text.
Out: what is wrong with it, or a form to compare by; the url itself never stands in a message.
Not here: which addresses may be reached (sources/guard.py), canonical urls of articles (text/urls.py).
"""

from urllib.parse import SplitResult, urlsplit

from monitor.text.urls import MAX_URL_CHARS


def url_fault(url: str) -> str | None:
    """Return what keeps `url` from being a feed's address, or None."""
    parts = split_url(url)
    if parts is None or not parts.hostname:
        return "not a web address; write https://host/path"
    if parts.scheme not in ("http", "https"):
        return f"feeds come by http or https, not by {parts.scheme[:20]!r}"
    if len(url) > MAX_URL_CHARS or not url.isprintable() or any(c.isspace() for c in url):
        return f"a web address has no blanks and at most {MAX_URL_CHARS:,} characters"
    return None


def endpoint_fault(url: str) -> str | None:
    """Return what keeps `url` from being the base of an endpoint's addresses, or None."""
    parts = split_url(url)
    if parts is None or not parts.hostname or parts.scheme not in ("http", "https"):
        return "not a web address; write the base that the service names, such as https://host/v1"
    if parts.query or parts.fragment or parts.username is not None:
        return "write the base alone, without user, '?' and '#'; a key belongs into key_file"
    if len(url) > MAX_URL_CHARS or not url.isprintable() or any(c.isspace() for c in url):
        return f"a web address has no blanks and at most {MAX_URL_CHARS:,} characters"
    return None


def webhook_fault(url: str) -> str | None:
    """Return what keeps `url` from being the address of a webhook, or None."""
    parts = split_url(url)
    if parts is None or not parts.hostname or parts.scheme not in ("http", "https"):
        return "a webhook has a web address; write https://host/path"
    if len(url) > MAX_URL_CHARS or not url.isprintable() or any(c.isspace() for c in url):
        return f"a web address has no blanks and at most {MAX_URL_CHARS:,} characters"
    return None


def split_url(url: str) -> SplitResult | None:
    """Return the url's parts, or None where it has none that make sense."""
    try:
        parts = urlsplit(url)
        _ = parts.port, parts.hostname
    except ValueError:
        return None
    return parts


def place_of(url: str) -> str:
    """Return a form that two spellings of one address share: case of the host and fragments do not count."""
    parts = urlsplit(url)
    same = parts._replace(scheme=parts.scheme.lower(), netloc=parts.netloc.lower(), path=parts.path or "/", fragment="")
    return same.geturl()

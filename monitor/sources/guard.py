"""Guard: which URLs may be asked for, and which addresses may be connected to.

In:  a URL as written by a stranger; an address as resolved.
Out: a checked URL; BlockedAddressError with the reason otherwise.
Not here: resolving and connecting (http.py), what makes two URLs equal (text/).
"""

import ipaddress
import re
import unicodedata
from bisect import bisect_right
from functools import lru_cache
from typing import Final

from yarl import URL

from monitor.errors import BlockedAddressError
from monitor.text.urls import MAX_URL_CHARS

# The web's own ports and the two that the web is commonly moved to; any other port may be some other service.
OPEN_PORTS: Final = frozenset({80, 443, 8080, 8443})

_ASKED_AGAIN: Final = 1_024  # judgements that are remembered: the feeds of most are polled at the same addresses again
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029\ud800-\udfff]")
_USER = re.compile(r"[^/?#]*//[^/?#]*@")  # even an empty one
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.ASCII)
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)", re.ASCII)
_LOCAL_NAMES = ("localhost", "localhost.localdomain", "local", "internal", "home.arpa")
_LOCAL_ENDS = tuple("." + name for name in _LOCAL_NAMES)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def _ranges(*networks: str) -> tuple[list[int], list[int]]:
    """Return the first and the last addresses of networks that are given in order."""
    parsed = [ipaddress.ip_network(network) for network in networks]
    return [int(network[0]) for network in parsed], [int(network[-1]) for network in parsed]


# Source: the IANA special-purpose address registries, and what is said beside. Python's own `is_global` changes from
# one version to the next, and costs ten times as much.
_CLOSED_V4 = _ranges(
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",  # carriers' shared addresses, a cloud's metadata address among them
    "127.0.0.0/8",
    "168.63.129.16/32",  # a cloud's host agent
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",  # IETF protocol assignments, a cloud's metadata address among them
    "192.0.2.0/24",  # documentation
    "192.88.99.0/24",  # 6to4 relays, withdrawn by RFC 7526
    "192.168.0.0/16",
    "198.18.0.0/15",  # benchmarks
    "198.51.100.0/24",  # documentation
    "203.0.113.0/24",  # documentation
    "224.0.0.0/3",  # multicast, reserved, broadcast
)
_OPEN_V6 = _ranges("2000::/3")  # the only addresses that are given out
_CLOSED_V6 = _ranges(
    "2001::/23",  # IETF protocol assignments; Teredo among them: two more addresses are folded into it
    "2001:db8::/32",  # documentation
    "3fff::/20",  # documentation, RFC 9637
)
# What not even `allow_private` frees: no feed lives there, and what does answers with secrets.
_NEVER_V4 = _ranges(
    "100.100.100.200/32",  # a cloud's metadata address
    "168.63.129.16/32",
    "169.254.0.0/16",  # link-local, most clouds' metadata address among them
    "192.0.0.0/24",
    "224.0.0.0/3",
)
_NEVER_V6 = _ranges("fd00:ec2::254/128", "fe80::/10", "ff00::/8")
_NEVER_SAID = "is a link-local, multicast or metadata address, which nothing may reach"
_PRIVATE_SAID = "is a private or special address (allow_private would permit it)"


def public_form(url: str) -> str:
    """Return the URL as it may be shown: without user, password, query values and fragment."""
    try:
        parsed = URL(url)
        shown = parsed.with_user(None).with_fragment(None).with_query(None) if parsed.host else parsed
    except (ValueError, TypeError, IndexError):
        return "(not a URL)"
    text = shown.human_repr() if parsed.host else shown.scheme + ":…"
    return text[:MAX_URL_CHARS] + ("?…" if parsed.host and parsed.raw_query_string else "")


@lru_cache(maxsize=_ASKED_AGAIN)
def check_url(url: str, allow_private: bool) -> URL:
    """Return the URL, parsed and normalised, if it may be asked for at all.

    allow_private: the feed says that private names, addresses and any port are meant.
    A host name passes here and is judged again by its addresses (`check_address`) before a connection is made.
    Raises BlockedAddressError: not http(s), no or a misleading host, a user, a closed port, a private address.
    """
    if len(url) > MAX_URL_CHARS:
        raise _refused(f"longer than {MAX_URL_CHARS:,} characters", url[:200])
    if _UNSAFE.search(url):
        raise _refused("holds blanks, control characters or backslashes", url)
    if not _SCHEME.match(url):
        raise _refused("is not a web address: it must start with http:// or https://", url)
    try:
        parsed = URL(url)
        port = parsed.port
    except (ValueError, IndexError) as exc:
        raise _refused("is not a readable web address", url) from exc
    if parsed.scheme not in ("http", "https"):
        raise _refused(f"scheme {parsed.scheme!r} is not read, only http and https", url)
    if parsed.raw_user is not None or parsed.raw_password is not None or ("@" in url and _USER.match(url)):
        raise _refused("carries a user or password", url)
    if port is None or not 0 < port < 65_536 or (port not in OPEN_PORTS and not allow_private):
        raise _refused(f"port {port} is not open to feeds and pages (allow_private frees it)", url)
    raw_host = parsed.raw_host
    host = _check_host(raw_host or "", allow_private, url)
    if host != raw_host:
        parsed = parsed.with_host(host)
    return parsed.with_fragment(None) if parsed.raw_fragment else parsed


@lru_cache(maxsize=_ASKED_AGAIN)
def check_address(ip: str, *, allow_private: bool = False) -> None:
    """Refuse every address that is not a public one; with `allow_private`, only those that no feed has.

    ip: a resolved address, IPv6 with or without its zone.
    Addresses that wrap another one (IPv4-mapped, NAT64, 6to4) are judged by the inner one.
    Raises BlockedAddressError.
    """
    try:
        address: _Address = ipaddress.ip_address(ip.partition("%")[0])
    except ValueError as exc:
        raise BlockedAddressError("is not an address", url=ip) from exc
    fault = _fault(address, allow_private)
    if fault:
        raise BlockedAddressError(fault, url=ip)


def _refused(reason: str, url: str) -> BlockedAddressError:
    return BlockedAddressError(reason, url=public_form(url))


def _fault(address: _Address, allow_private: bool) -> str:
    """Return why an address is refused, "" if it is not."""
    inner = _unwrap(address)
    number, is_old = int(inner), inner.version == 4
    if allow_private:
        return _NEVER_SAID if _is_within(number, _NEVER_V4 if is_old else _NEVER_V6) else ""
    is_closed = _is_within(number, _CLOSED_V4 if is_old else _CLOSED_V6)
    return _PRIVATE_SAID if is_closed or not (is_old or _is_within(number, _OPEN_V6)) else ""


def _is_within(number: int, ranges: tuple[list[int], list[int]]) -> bool:
    firsts, lasts = ranges
    place = bisect_right(firsts, number) - 1
    return place >= 0 and number <= lasts[place]


def _unwrap(address: _Address) -> _Address:
    if not isinstance(address, ipaddress.IPv6Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def _check_host(raw_host: str, allow_private: bool, url: str) -> str:
    host = raw_host if raw_host.isascii() else unicodedata.normalize("NFKC", raw_host)
    host = host.lower()
    if not host:
        raise _refused("names no host", url)
    if ":" not in host and not host[-1].isdigit():
        return _check_name(host, allow_private, url)
    try:
        address = ipaddress.ip_address(host.partition("%")[0] if ":" in host else host)
    except ValueError:
        return _check_name(host, allow_private, url)
    fault = _PRIVATE_SAID if "%" in host and not allow_private else _fault(address, allow_private)
    if fault:
        raise _refused(fault, url)
    return host


def _check_name(host: str, allow_private: bool, url: str) -> str:
    name = host.removesuffix(".")
    if len(name) > 253 or not _NAME.fullmatch(name) or ("xn--" in name and "xn--" in name.split(".")):
        raise _refused("names no possible host", url)
    _, dot, last = name.rpartition(".")
    if _NUMBER.fullmatch(last):
        raise _refused("writes an address in a disguised form; four decimal numbers are the plain one", url)
    is_local = not dot or name in _LOCAL_NAMES or name.endswith(_LOCAL_ENDS)
    if is_local and not allow_private:
        raise _refused("names a host of this machine or network (allow_private would permit it)", url)
    return name

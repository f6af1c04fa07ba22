"""Guard: which URLs may be asked for, and which addresses may be connected to.

In:  a URL as written by a stranger; an address as resolved.
Out: a checked URL; BlockedAddressError with the reason otherwise.
Not here: resolving and connecting (http.py), what makes two URLs equal (text/).
"""

import ipaddress
import re
import unicodedata
from typing import Final

from yarl import URL

from monitor.errors import BlockedAddressError

MAX_URL_CHARS: Final = 2_048
# The web's own ports and the two that the web is commonly moved to; any other port may be some other service.
OPEN_PORTS: Final = frozenset({80, 443, 8080, 8443})

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029\ud800-\udfff]")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)", re.ASCII)
_LOCAL_NAMES = ("localhost", "localhost.localdomain", "local", "internal", "home.arpa")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Addresses that `ipaddress` calls global though no public web server stands there.
_REFUSED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24",  # IETF protocol assignments, one cloud's metadata address among them
        "192.88.99.0/24",  # 6to4 relays, withdrawn by RFC 7526
        "168.63.129.16/32",  # a cloud's host agent
        "::/96",  # IPv4-compatible addresses, withdrawn by RFC 4291
        "64:ff9b:1::/48",  # local NAT64, RFC 8215
        "2001::/32",  # Teredo: two more addresses are folded into it
        "3fff::/20",  # documentation, RFC 9637
        "5f00::/16",  # segment routing, RFC 9602
        "fec0::/10",  # site-local, withdrawn by RFC 3879
    )
)


def public_form(url: str) -> str:
    """Return the URL as it may be shown: without user, password, query values and fragment."""
    try:
        parsed = URL(url)
        shown = parsed.with_user(None).with_fragment(None).with_query(None) if parsed.host else parsed
    except (ValueError, TypeError):
        return "(not a URL)"
    text = shown.human_repr() if parsed.host else shown.scheme + ":…"
    return text[:MAX_URL_CHARS] + ("?…" if parsed.host and parsed.raw_query_string else "")


def check_url(url: str, allow_private: bool) -> URL:
    """Return the URL, parsed and normalised, if it may be asked for at all.

    allow_private: the feed says that private names, addresses and any port are meant.
    A host name passes here and is judged again by its addresses (`check_address`) before a connection is made.
    Raises BlockedAddressError: not http(s), no or a misleading host, a user, a closed port, a private address.
    """
    if len(url) > MAX_URL_CHARS:
        raise BlockedAddressError(f"longer than {MAX_URL_CHARS:,} characters", url=public_form(url[:200]))
    shown = public_form(url)
    if _UNSAFE.search(url):
        raise BlockedAddressError("holds blanks, control characters or backslashes", url=shown)
    if not _SCHEME.match(url):
        raise BlockedAddressError("is not a web address: it must start with http:// or https://", url=shown)
    try:
        parsed = URL(url)
        port = parsed.port
    except ValueError as exc:
        raise BlockedAddressError("is not a readable web address", url=shown) from exc
    if parsed.scheme not in ("http", "https"):
        raise BlockedAddressError(f"scheme {parsed.scheme!r} is not read, only http and https", url=shown)
    if parsed.raw_user is not None or parsed.raw_password is not None:
        raise BlockedAddressError("carries a user or password", url=shown)
    if port is None or not 0 < port < 65_536 or (port not in OPEN_PORTS and not allow_private):
        raise BlockedAddressError(f"port {port} is not open to feeds and pages (allow_private frees it)", url=shown)
    host = _check_host(parsed, allow_private, shown)
    return parsed.with_host(host).with_fragment(None)


def check_address(ip: str) -> None:
    """Refuse every address that is not a public one.

    ip: a resolved address, IPv6 with or without its zone.
    Addresses that wrap another one (IPv4-mapped, NAT64, 6to4) are judged by the inner one.
    Raises BlockedAddressError.
    """
    try:
        address: _Address = ipaddress.ip_address(ip.partition("%")[0])
    except ValueError as exc:
        raise BlockedAddressError("is not an address", url=ip) from exc
    inner = _unwrap(address)
    is_refused = any(inner in network for network in _REFUSED if network.version == inner.version)
    if is_refused or inner.is_multicast or inner.is_reserved or not inner.is_global:
        raise BlockedAddressError("is a private or special address (allow_private would permit it)", url=ip)


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


def _check_host(parsed: URL, allow_private: bool, shown: str) -> str:
    host = unicodedata.normalize("NFKC", parsed.raw_host or "").lower()
    if not host:
        raise BlockedAddressError("names no host", url=shown)
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return _check_name(host, allow_private, shown)
    if not allow_private:
        try:
            check_address(str(address))
        except BlockedAddressError as exc:
            raise BlockedAddressError(exc.reason, url=shown) from None
    return host


def _check_name(host: str, allow_private: bool, shown: str) -> str:
    name = host.removesuffix(".")
    labels = name.split(".")
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels) or "xn--" in labels:
        raise BlockedAddressError("names no possible host", url=shown)
    if _NUMBER.fullmatch(labels[-1]):
        raise BlockedAddressError(
            "writes an address in a disguised form; four decimal numbers are the plain one", url=shown
        )
    is_local = len(labels) == 1 or any(name == local or name.endswith("." + local) for local in _LOCAL_NAMES)
    if is_local and not allow_private:
        raise BlockedAddressError("names a host of this machine or network (allow_private would permit it)", url=shown)
    return name

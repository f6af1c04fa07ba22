"""Address: which network addresses a channel may not reach unless it says so.

In:  the numeric address a connection is about to be made to.
Out: a sentence part that says why not, or None.
Not here: noticing the connection (wire.py), feeds and pages (sources/ guards its own).
"""

import ipaddress

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # carries an IPv4 address in its last 32 bits (RFC 6052)


def refusal(address: object) -> str | None:
    """Return why this socket address may not be reached, such as `127.0.0.1 is a private address`.

    address: what Python's sockets call an address: (host, port, …), or a path for a local socket.
    Private is whatever is not globally reachable: loopback, link-local, private use, shared, multicast; also
    when it hides in an IPv6 address that carries an IPv4 one. A name that is no number yet is refused too.
    """
    if not isinstance(address, tuple) or not address:
        return "a socket of this machine is a private address"
    host = str(address[0])
    try:
        number = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return f"{host} is not a numeric address"
    carried = _carried(number) if isinstance(number, ipaddress.IPv6Address) else None
    return None if _is_public(number) and (carried is None or _is_public(carried)) else f"{host} is a private address"


def _is_public(number: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return number.is_global and not number.is_multicast


def _carried(number: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that an IPv6 address stands for, if it does."""
    if number in _NAT64:
        return ipaddress.IPv4Address(int(number) & 0xFFFF_FFFF)
    return number.ipv4_mapped or number.sixtofour

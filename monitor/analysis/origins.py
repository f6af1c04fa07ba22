"""Origins: how many of those who report something have it from a source of their own.

In:  carriers: the host or the operator's outlet, what an article copies, the agencies it is credited to.
Out: how many of them are independent of each other.
Not here: finding credits (text/credits.py) and copies (copies.py); who says the same (claims.py).

What a page says of itself can only take it out of the count: two hosts that credit one agency are one voice, and one
host is one voice whatever its pages claim. So is a feed, whatever addresses it lists: where no page could be read, its
host speaks, and the listed one can only take it out of the count.
"""

from collections.abc import Iterable, Sequence

from monitor.model.article import Article, Reader
from monitor.model.story import Carrier
from monitor.text.credits import agency_of, credited_to
from monitor.text.urls import host as host_of


def carrier_of(article: Article, *, copy_of: str | None = None) -> Carrier:
    """Return an article as one voice among those who report its story."""
    entry = article.entry
    named = credited_to(article.title, article.body, author=article.author, site=article.site)
    claimed = claimed_host(entry.url, entry.host, article.reader)
    return Carrier(
        entry=entry.id, outlet=entry.outlet, host=entry.host, copy_of=copy_of, credits=named, claimed=claimed
    )


def claimed_host(url: str | None, host: str, reader: Reader) -> str:
    """Return the host that a summary is listed under, where that is not the one it came from; else nothing.

    A feed may list any address: what it says of a page that could not be read is its own word.
    """
    listed = host_of(url) if url and reader is Reader.SUMMARY else ""
    return "" if listed == host else listed


def independent(carriers: Sequence[Carrier], *, originals: Sequence[Carrier] = ()) -> int:
    """Return how many carriers share neither host nor agency nor original with each other; 1 where there are none.

    Those that share least with others are counted first: a desk's own report before its copies of agencies. A text that
    is credited to two agencies is no third source beside them.

    originals: others, among which what a copy repeats may be found.
    """
    by_entry = {carrier.entry: carrier for carrier in (*originals, *carriers)}
    taken: set[str] = set()
    count = 0
    for origin in sorted((_origin(each, by_entry) for each in carriers), key=lambda origin: (len(origin), origin)):
        if taken.isdisjoint(origin):
            taken.update(origin)
            count += 1
    return count or 1


def _origin(carrier: Carrier, by_entry: dict[str, Carrier]) -> list[str]:
    """Return everything that a carrier's report may come from, as sorted keys: its host, agencies, its originals."""
    found = set(_own(carrier))
    seen = {carrier.entry}
    while carrier.copy_of is not None and carrier.copy_of not in seen:
        seen.add(carrier.copy_of)
        found.add(f"copy of {carrier.copy_of}")
        original = by_entry.get(carrier.copy_of)
        if original is None:
            break
        found.update(_own(original))
        carrier = original
    return sorted(found)


def _own(carrier: Carrier) -> Iterable[str]:
    agency = agency_of(carrier.host, carrier.outlet)
    yield f"host {carrier.host or carrier.outlet}"
    if carrier.claimed:
        yield f"host {carrier.claimed}"
    yield from (f"agency {each}" for each in (*carrier.credits, *([agency] if agency else ())))

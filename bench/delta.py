"""Delta: what parsing only the new entries saves, against feedparser reading all of them, in one process.

In:  how many feeds, how many repeats.
Out: CPU per feed of every way to read the same bodies, in every repeat.
Not here: fetching and storing, which poll.py measures with the rest.
"""

import io
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Final

import feedparser

from bench.feed_bodies import ENTRIES, KINDS, NEW, feed_body
from bench.ours import delta_once, full_once

FULL: Final = "feedparser, as it comes"
BARE: Final = "feedparser, sanitize and resolve off"
OURS_FULL: Final = "ours, whole"
OURS_DELTA: Final = "ours, delta"
WAYS: Final = (FULL, BARE, OURS_FULL, OURS_DELTA)
_URL: Final = "http://127.0.0.1/feed.xml"
_HEADERS: Final = {"content-location": _URL, "content-type": "application/rss+xml; charset=utf-8"}


class DifferentResultError(Exception):
    """A way to read a feed did not find in it what stands in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsing:
    """What reading the same bodies costs in different ways."""

    cost_ms: Mapping[str, Sequence[float]]  # by way: CPU a feed, one number a repeat
    entry_us: Mapping[str, float]  # by kind of feed: what feedparser, as it comes, takes for an entry
    body_kib: float  # of a feed, on average


def measure_delta(*, feeds: int, repeats: int) -> Parsing:
    """Read every feed in every way, in turns. Raises DifferentResultError."""
    bodies = [(feed_body(feed, 0), feed_body(feed, 1)) for feed in range(feeds)]
    firsts = [full_once(before, _URL) for before, _ in bodies]
    ways: dict[str, Callable[[int], int]] = {
        FULL: lambda feed: _feedparser(bodies[feed][1]),
        BARE: lambda feed: _feedparser(bodies[feed][1], sanitize_html=False, resolve_relative_uris=False),
        OURS_FULL: lambda feed: len(full_once(bodies[feed][1], _URL).entries),
        OURS_DELTA: lambda feed: len(delta_once(bodies[feed][1], _URL, firsts[feed]).entries),
    }
    costs: dict[str, list[float]] = {way: [] for way in ways}
    by_feed: dict[int, list[float]] = defaultdict(list)
    for _ in range(repeats):
        spent_s: dict[str, float] = dict.fromkeys(ways, 0.0)
        for feed in range(feeds):
            for way, read in ways.items():
                took_s = _timed(way, read, feed)
                spent_s[way] += took_s
                if way == FULL:
                    by_feed[feed].append(took_s)
        for way in ways:
            costs[way].append(spent_s[way] / feeds * 1e3)
    size = mean(len(body) for _, body in bodies) / 1024
    return Parsing(cost_ms=costs, entry_us=_by_kind(by_feed), body_kib=size)


def _timed(way: str, read: Callable[[int], int], feed: int) -> float:
    began = time.process_time()
    found = read(feed)
    took_s = time.process_time() - began
    expected = NEW if way == OURS_DELTA else ENTRIES
    if found != expected:
        raise DifferentResultError(f"{way}: found {found} entries in feed {feed} where {expected} stand")
    return took_s


def _feedparser(body: bytes, **options: bool) -> int:
    return len(feedparser.parse(io.BytesIO(body), response_headers=_HEADERS, **options).entries)


def _by_kind(by_feed: Mapping[int, Sequence[float]]) -> dict[str, float]:
    kinds: dict[str, list[float]] = defaultdict(list)
    for feed, took in by_feed.items():
        kinds[KINDS[feed % len(KINDS)]].append(min(took) / ENTRIES * 1e6)
    return {kind: mean(costs) for kind, costs in sorted(kinds.items())}

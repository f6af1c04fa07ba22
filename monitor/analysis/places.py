"""Places: spans and positions that are held against each other by their order, so that no cost grows squared.

In:  spans of a text, or the numbers of tokens.
Out: what lies over or around a span, which tokens stand together.
Not here: what stands at a place (match.py).
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from monitor.model.watch import Span


class Spans:
    """Places in order, to be asked what lies over or around another one."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._all = sorted(set(spans))
        self._starts = [start for start, _ in self._all]
        self._longest = max((end - start for start, end in self._all), default=0)

    def over(self, span: Span) -> Span | None:
        """Return the last place that overlaps another one, if one does."""
        at = bisect_left(self._starts, span[1])
        while at and self._starts[at - 1] > span[0] - self._longest:
            at -= 1
            if self._all[at][1] > span[0]:
                return self._all[at]
        return None

    def around(self, span: Span) -> list[Span]:
        """Return the neighbours of a place."""
        at = bisect_left(self._starts, span[0])
        return self._all[max(0, at - 1) : at + 1]


def adjacent(found: list[list[int]]) -> list[int]:
    """Return the tokens at which words begin that follow each other. found: the places of each word."""
    follow = [set(places) for places in found[1:]]
    return [at for at in found[0] if all(at + step in places for step, places in enumerate(follow, 1))]


def near(found: list[list[int]], slop: int) -> list[int]:
    """Return the tokens of windows that hold every word and at most `slop` others. found: the places of each word."""
    events = sorted((at, word) for word, places in enumerate(found) for at in places)
    last: dict[int, int] = {}
    kept: set[int] = set()
    for at, word in events:
        last[word] = at
        window = set(last.values())
        if len(last) == len(found) and at - min(window) + 1 - len(window) <= slop:
            kept |= window
    return sorted(kept)


def outermost(spans: Sequence[Span]) -> Sequence[Span]:
    """Return the spans in order, without those that lie inside another."""
    if len(spans) < 2:
        return spans  # most
    kept: list[Span] = []
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not kept or end > kept[-1][1]:
            kept.append((start, end))
    return kept

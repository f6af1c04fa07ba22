"""Quarantine: which entry of a feed kills its parser.

In:  a body whose parser had to be killed, the workers.
Out: a ParsedFeed of all entries that can be read, with those that cannot beside it.
Not here: the parser (parse.py), keeping what is in quarantine (store/feeds.py).

The entries are parsed in halves, and the half that kills again in halves, until one entry is left. Each kill costs a
worker's time limit, so there is a budget; what it leaves unread is tried at the next poll.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from monitor.errors import NoWorkerError, WorkerError
from monitor.model.feed import FeedEntry, FeedMemory, ParsedFeed, Poison
from monitor.sources.jobs import parse_feed, spans_of
from monitor.sources.spans import Span, known_in
from monitor.sources.workers import Workers

MAX_KILLS: Final = 14  # finds one entry among 2,000, or three among thirty
STEP_TIMEOUT_S: Final = 0.5  # for some of a feed's entries: thirty take 0.02 s
LAST_TIMEOUT_S: Final = 2.0  # for one entry alone, so that none is blamed for a busy machine
MAX_RAW_CHARS: Final = 65_536  # of what is kept of an entry


async def isolate(
    body: bytes, url: str, content_type: str | None, memory: FeedMemory, *, workers: Workers, failure: WorkerError
) -> ParsedFeed:
    """Return what can be read of a body whose parser was killed, and the entries that killed it.

    Raises `failure` where no entry can be blamed: the feed's own frame is what kills, or it has no entries;
    NoWorkerError where there is no worker to search with.
    """
    if isinstance(failure, NoWorkerError):
        raise failure
    async with workers.hunt():
        return await _Hunt(body, url, content_type, memory, workers).run(failure)


class _Hunt:
    """The search through one body."""

    def __init__(self, body: bytes, url: str, content_type: str | None, memory: FeedMemory, workers: Workers) -> None:
        self._body = body
        self._url = url
        self._content_type = content_type
        self._memory = memory
        self._workers = workers
        self._read: list[tuple[int, tuple[FeedEntry, ...]]] = []  # place in the feed, oldest first
        self._poisons: list[Poison] = []
        self._kills = 0

    async def run(self, failure: WorkerError) -> ParsedFeed:
        spans = await self._workers.run(spans_of, self._body, self._content_type, timeout_s=LAST_TIMEOUT_S)
        known = known_in(self._memory.window)
        left_out = self._memory.quarantined | known.keys()
        suspects = [(place, span) for place, span in enumerate(spans) if span.hash not in left_out]
        try:
            frame = await self._parse(()) if suspects else None
        except NoWorkerError:
            raise
        except WorkerError:
            frame = None
        if frame is None:
            raise failure
        is_complete = await self._search(suspects)
        if not self._read and not self._poisons:
            raise failure
        entries = [entry for _, found in sorted(self._read, key=_latest_first) for entry in found]
        unread = [] if is_complete else ["holds entries that were not read yet: their parser was killed too often"]
        said = [f"holds an entry that was put in quarantine: its parser {each.reason}" for each in self._poisons]
        return replace(
            frame,
            entries=tuple({entry.guid: entry for entry in entries}.values()),
            listed=len(spans),
            known=sum(span.hash in known for span in spans),
            window=b"",
            problems=(*frame.problems, *said, *unread),
            poisons=tuple(self._poisons),
            is_incomplete=not is_complete,
        )

    async def _search(self, suspects: Sequence[tuple[int, Span]]) -> bool:
        """Parse the suspects group by group; return whether all were tried."""
        groups = _halves(suspects)
        while groups:
            if self._kills >= MAX_KILLS:
                return False
            group = groups.pop()
            try:
                parsed = await self._parse([span for _, span in group])
            except NoWorkerError:
                raise  # nobody is to blame for that: the whole poll comes again
            except WorkerError as exc:
                self._kills += 1
                if len(group) > 1:
                    groups += _halves(group)
                    continue
                span = group[0][1]
                self._poisons.append(Poison(span=span.hash, raw=span.raw[:MAX_RAW_CHARS], reason=str(exc)))
            else:
                self._read.append((group[0][0], parsed.entries))
        return True

    async def _parse(self, spans: Sequence[Span]) -> ParsedFeed:
        only = frozenset(span.hash for span in spans)
        timeout_s = LAST_TIMEOUT_S if len(spans) < 2 else STEP_TIMEOUT_S
        return await self._workers.run(
            parse_feed, self._body, self._url, self._content_type, self._memory, only, timeout_s=timeout_s
        )


def _halves(group: Sequence[tuple[int, Span]]) -> list[Sequence[tuple[int, Span]]]:
    middle = max(len(group) // 2, 1)
    return [half for half in (group[middle:], group[:middle]) if half]


def _latest_first(found: tuple[int, tuple[FeedEntry, ...]]) -> int:
    return -found[0]  # a feed lists its newest first, and entries come oldest first

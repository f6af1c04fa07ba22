"""Aside: the lines of an article that are no part of it, as far as its host is known by now.

In:  an article that a watch asks for.
Out: the article without them, and what to remember of its lines.
Not here: which lines those are (analysis/asides.py).
"""

from dataclasses import dataclass, field, replace

from monitor.analysis.asides import Asides, Sighting, candidates, judge
from monitor.model.article import Article, Reader
from monitor.pipeline.desk import Desk
from monitor.store import lines
from monitor.store.engine import Tx
from monitor.telemetry.metrics import count

COUNTED = "monitor_lines_set_aside_total"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """An article whose lines were judged, and what its host is to be known by."""

    article: Article
    host: str = ""  # whose lines they are; "" for nobody's
    asides: Asides = field(default_factory=Asides)

    def put(self, tx: Tx, n: int) -> None:
        """Remember the lines of entry number `n`, in the transaction of its decisions."""
        if self.host:
            lines.put(tx, n, self.host, self.asides.noted, seen_at=self.article.entry.first_seen)
        if self.article.aside:
            count(COUNTED, "repeated", len(self.asides.repeated))
            count(COUNTED, "phrase", len(self.asides.phrases))


async def set_aside(desk: Desk, article: Article) -> Cleared:
    """Judge the lines of an article. The first two times a host shows a line, it cannot be known for the host's."""
    hashes, host = candidates(article), _host(article)
    seen: dict[int, tuple[Sighting, ...]] = {}
    if hashes and host:
        before = article.entry.first_seen
        seen = await desk.store.write(lambda tx: lines.seen(tx, host, hashes.values(), before=before))
    found = judge(article, hashes, seen)
    return Cleared(article=replace(article, aside=found.lines), host=host, asides=found)


def _host(article: Article) -> str:
    """Return whose lines these are: the page's host, or the feed that brought the text, whatever it links to.

    A feed that lists another host's addresses with texts of its own says nothing of that host's pages.
    """
    if not article.entry.host:
        return ""
    return article.entry.host if article.reader is Reader.PAGE else f"feed {article.entry.feed}"

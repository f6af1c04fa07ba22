"""Knowledge: what people say about what is known to them.

In:  texts, ids that may be shortened.
Out: the store changed, and what came of it; the next article is judged by it.
Not here: reading files (baseline.py), what it makes of articles (assess.py).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Final

import structlog

from monitor.alerting.render import subject
from monitor.analysis.known import sentences_of
from monitor.model.delivery import AnyAlert
from monitor.model.ids import make_id
from monitor.model.watch import KeptText, KnownText, Told
from monitor.store import knowledge
from monitor.store.engine import Store, Tx
from monitor.store.knowledge import KnowledgeError

MOST_SENTENCES: Final = (
    500  # added for one watch, and as many for all: what an article is held against has room for both
)
MOST_CHARS: Final = 100_000  # of texts at once: about as many sentences
OWN_WORD: Final = "your own statement"  # whose evidence it is

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What came of texts that the reader knows, one each in their order."""

    ids: tuple[str, ...]
    is_new: tuple[bool, ...]  # False: it was added before
    sentences: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """A text that is no longer known for having been added."""

    id: str
    watch: str | None
    source: str
    text: str  # its title, else its text


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """An alert that is acknowledged."""

    id: str
    headline: str
    is_new: bool  # False: it was acknowledged before


@dataclass(frozen=True, slots=True, kw_only=True)
class AllAcknowledged:
    """Alerts that are acknowledged, in the order in which they were named."""

    alerts: tuple[Acknowledged, ...]


async def add(store: Store, kind: Told, texts: Sequence[KnownText], *, watch: str | None, now: datetime) -> Added:
    """Let a watch, or every one, know texts; all of them or none, and twice equals once. Raises KnowledgeError."""
    refuse_too_much(kind, texts)
    kept = [_kept(kind, each, watch, now) for each in texts]
    is_new = await store.write(lambda tx: _add(tx, kept))
    log.info("knowledge_added", watch=watch, kind=str(kind), texts=sum(is_new))
    return Added(
        ids=tuple(each.id for each in kept), is_new=is_new, sentences=tuple(each.sentences for each in kept)
    )  # fmt: skip


def refuse_too_much(kind: Told, texts: Sequence[KnownText]) -> None:
    """Raise KnowledgeError for more than may be added at once, before it is handed to anybody."""
    if sum(len(each.title) + len(each.text) for each in texts) > MOST_CHARS:
        raise KnowledgeError(f"that is more than {MOST_CHARS:,} characters at once; {_elsewhere(kind)}")
    if len(texts) > MOST_SENTENCES:
        raise KnowledgeError(f"that is more than {MOST_SENTENCES} texts at once; {_elsewhere(kind)}")


async def remove(store: Store, kind: Told, ref: str) -> Removed:
    """Take away what was added under an id, which may be shortened. Raises KnowledgeError."""
    gone = await store.write(lambda tx: knowledge.remove(tx, kind, ref))
    log.info("knowledge_removed", watch=gone.watch, kind=str(kind), id=gone.id)
    return Removed(id=gone.id, watch=gone.watch, source=gone.known.source, text=gone.known.title or gone.known.text)


async def acknowledge(store: Store, refs: Sequence[str], *, note: str, now: datetime) -> AllAcknowledged:
    """Note that alerts, named by ids that may be shortened, were acknowledged; all or none. Raises KnowledgeError."""

    def write(tx: Tx) -> list[tuple[AnyAlert, bool]]:
        return [knowledge.acknowledge(tx, ref, note=note, now=now) for ref in refs]

    done = await store.write(write)
    log.info("alerts_acknowledged", alerts=sum(is_new for _, is_new in done))
    alerts = [Acknowledged(id=alert.id, headline=subject(alert), is_new=is_new) for alert, is_new in done]
    return AllAcknowledged(alerts=tuple(alerts))


def plain(known: KnownText) -> dict[str, str | None]:
    """Return a text as it is handed to a daemon."""
    return asdict(known) | {"date": known.date.isoformat() if known.date else None}


def _add(tx: Tx, kept: Sequence[KeptText]) -> tuple[bool, ...]:
    is_new = tuple([knowledge.add(tx, each) for each in kept])
    for watch, kind in {each.watch: each.kind for each in kept}.items():
        count = knowledge.sentences(tx, watch)
        if count > MOST_SENTENCES and any(is_new):
            whose = f"watch {watch!r}" if watch else "every watch"
            raise KnowledgeError(
                f"{whose} would know {count:,} added sentences, and {MOST_SENTENCES} is the most; {_elsewhere(kind)}"
            )
    return is_new


def _elsewhere(kind: Told) -> str:
    """Return where more of it may go."""
    if kind is Told.FILE:
        return "name these files under `baseline` of the watch, which takes more"
    return "put it in a file under `baseline` of the watch, which takes more"


def _kept(kind: Told, known: KnownText, watch: str | None, now: datetime) -> KeptText:
    """Return a text with its id: what it is named after, so that the same text gets the same id."""
    words = " ".join(f"{known.title}\n{known.text}".split())
    name = make_id("known", kind, watch or "", words)
    if kind is Told.STATEMENT:
        known = replace(known, source=f"known:{name}", outlet=OWN_WORD, date=now)
    told = sentences_of(known.title, known.text, known.language)
    count = sum(not is_noise for _, is_noise in told)
    if not count:
        what = "the text" if kind is Told.STATEMENT else known.source
        raise KnowledgeError(f"{what} says nothing: there is no sentence in it")
    return KeptText(id=name, kind=kind, watch=watch, known=known, sentences=count, added=now)

"""A desk for tests: a real store in memory, and fakes only at the program's own doors."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from hashlib import blake2b

from monitor.analysis.match import Matcher
from monitor.analysis.query import parse
from monitor.delivery.sender import RecordingSender, Sender
from monitor.errors import FetchError
from monitor.model.delivery import Delivery, Receipt, Sent
from monitor.model.embedding import Embedder, Scale, Vector
from monitor.model.feed import Feed, FeedEntry, FeedMemory, FirstPoll, ParsedFeed, Polled
from monitor.model.routing import Policy, Route
from monitor.model.watch import Watch
from monitor.pipeline.desk import Baseline, Desk
from monitor.sources.read_page import ReadPage
from monitor.store import feeds, turns
from monitor.store.engine import Tx, open_scratch
from monitor.store.entries import Stored

NOW = datetime(2024, 5, 2, 12, tzinfo=UTC)
FEED = Feed(name="wire", url="https://wire.example/feed", first_poll=FirstPoll.JUDGE)

STORIES = (
    "Ferry Orla sinks off Tarvik\nThe ferry Orla sank on Monday with 210 people aboard, the master Brandt said.",
    "Mayor Lund resigns over bribes\nMayor Karin Lund stepped down after 40,000 crowns were found in her garage.",
    "Bears seen near school in Velka\nThree brown bears walked past the school of Velka, and lessons were cancelled.",
)


class ListedSource:
    """Lists what it was given, or fails as told."""

    backlog = 0

    def __init__(self, texts: Sequence[str] = STORIES, failure: Exception | None = None) -> None:
        self._texts = texts
        self._failure = failure

    async def poll(self, feed: Feed, memory: FeedMemory) -> Polled:
        if self._failure is not None:
            raise self._failure
        return ParsedFeed(
            entries=tuple(
                FeedEntry(guid=str(n), title=text.partition("\n")[0], text=text.partition("\n")[2], language="en")
                for n, text in enumerate(self._texts)
            )
        )

    async def older(self, feed: Feed, url: str) -> ParsedFeed:
        raise FetchError("is not there", url=url)

    async def page(self, url: str, *, allow_private: bool, conditions: object = None) -> ReadPage:
        raise FetchError("is not there", url=url)

    async def page_of(self, html: bytes, url: str | None) -> ReadPage:
        raise ValueError("a fault of ours")


class AnsweringSender:
    """Gives the receipts it was told to, one a send; then takes everything."""

    def __init__(self, *receipts: Receipt) -> None:
        self._receipts = list(receipts)
        self.deliveries: list[Delivery] = []

    def send(self, delivery: Delivery) -> Receipt:
        self.deliveries.append(delivery)
        return self._receipts.pop(0) if self._receipts else Sent()


class FaultyEmbedder:
    """Fails at one sentence, as a library might."""

    model_id = "faulty/1"
    scale = Scale()

    def __init__(self, at: str) -> None:
        self._at = at

    def encode(self, sentences: Sequence[str]) -> list[Vector]:
        if any(self._at in sentence for sentence in sentences):
            raise ZeroDivisionError("a fault of ours")
        return [blake2b(sentence.encode()).digest() for sentence in sentences]  # near to nothing but itself


def desk_of(
    *,
    source: ListedSource | None = None,
    sender: Sender | None = None,
    embedder: Embedder | None = None,
    channels: tuple[str, ...] = ("desk",),
    now: Callable[[], datetime] = lambda: NOW,
) -> Desk:
    """Return a desk with one feed and one watch that takes everything."""
    store = open_scratch()
    store.write_now(lambda tx: feeds.sync(tx, [FEED], now=NOW))
    return Desk(
        feeds={FEED.name: FEED},
        watches={"all": Watch(name="all", query="*:*")},
        matcher=Matcher({"all": parse("*:*", terms={})}),
        baselines={"all": Baseline()},
        store=store,
        source=source or ListedSource(),
        sender=sender or RecordingSender(),
        policy=Policy(route=Route(name="route", to=channels)),
        embedder=embedder,
        now=now,
        lease="test",
    )


def claim_all(tx: Tx, stage: str, *, now: datetime = NOW, lease: str = "test") -> tuple[Stored, ...]:
    """Claim whatever waits at a stage."""
    return turns.claim(tx, turns.in_turn(tx, stage, now=now), stage, now=now, lease=lease)

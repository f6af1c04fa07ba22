"""Tables, as Alembic migrates them.

In:  nothing.
Out: declarative classes for Core statements.
Not here: statements (one module a noun), opening the database (engine.py).
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Dialect,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
ASKED = text("confirmation IS NOT NULL")  # of watches that ask for a second source
HELD = text("held_until IS NOT NULL")
SINGLE = text("(wait IS NULL OR wait = 'group')")  # deliveries that are told by themselves
GATHERED = text("digest IS NULL AND state IN ('held', 'batched')")  # those that wait for others
UNSENT = text("state IN ('pending', 'leased', 'retry', 'unknown')")  # those on their way
WAITING = text("stage != 'done'")  # a partial index: its size follows the work in hand, not the archive

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC datetime, kept as whole microseconds since 1970: sorts, compares and ports without loss."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Return microseconds; exact, since a float would round them."""
        return None if value is None else (value - EPOCH) // MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Return the datetime of microseconds."""
        return None if value is None else EPOCH + value * MICROSECOND


class Base(DeclarativeBase):
    """All tables, with names for every constraint so that later migrations can name them."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {str: Text, datetime: UtcTime, bytes: LargeBinary}  # noqa: RUF012 (declared by SQLAlchemy)


class FeedRow(Base):
    """What is known of a configured feed between two polls (model.feed_state.FeedState)."""

    __tablename__ = "feed"
    name: Mapped[str] = mapped_column(primary_key=True)
    location: Mapped[str]  # URL or folder, as configured
    host: Mapped[str] = mapped_column(server_default="")  # text.urls.host_key of where it is polled; "" for a folder
    url: Mapped[str | None]  # where permanent redirects moved it to
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    validators_url: Mapped[str | None]
    body_hash: Mapped[str | None]
    window: Mapped[bytes | None]
    fresh_for_s: Mapped[float] = mapped_column(server_default="0")
    may_delta: Mapped[bool] = mapped_column(server_default=true())
    hints: Mapped[str | None]  # JSON of model.feed.Hints
    polls: Mapped[int] = mapped_column(default=0)
    new_times: Mapped[int] = mapped_column(server_default="0")
    new_at: Mapped[datetime | None]
    usual_gap_s: Mapped[float | None]
    posted: Mapped[int] = mapped_column(BigInteger, server_default="0")
    burst_until: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None]
    gone_since: Mapped[datetime | None]
    is_down: Mapped[bool] = mapped_column(default=False)
    is_silent: Mapped[bool] = mapped_column(server_default=false())
    told: Mapped[str | None]
    gaps: Mapped[int] = mapped_column(server_default="0")
    is_malformed: Mapped[bool] = mapped_column(server_default=false())
    changed_guids: Mapped[int] = mapped_column(server_default="0")
    timed: Mapped[int] = mapped_column(server_default="0")
    late: Mapped[int] = mapped_column(server_default="0")
    error: Mapped[str | None]
    problems: Mapped[str | None]  # JSON list
    move_to: Mapped[str | None]
    move_since: Mapped[datetime | None]
    move_times: Mapped[int] = mapped_column(server_default="0")
    polled_at: Mapped[datetime | None]
    next_at: Mapped[datetime]
    next_why: Mapped[str] = mapped_column(server_default="")
    hold_until: Mapped[datetime | None]
    fresh_until: Mapped[datetime | None]
    rung: Mapped[str | None]
    touched_at: Mapped[datetime | None]  # when its host was last asked for it, or may have been
    lease_until: Mapped[datetime | None]
    lease: Mapped[str | None]
    __table_args__ = (Index(None, "next_at"), Index(None, "host"))


class HostRow(Base):
    """A host that asked to be left alone (Retry-After), with everything that is fetched from it."""

    __tablename__ = "host"
    name: Mapped[str] = mapped_column(primary_key=True)  # text.urls.host_key
    hold_until: Mapped[datetime]


class FeedEventRow(Base):
    """What happened to a feed, for people: moves, gaps, losses, recoveries."""

    __tablename__ = "feed_event"
    n: Mapped[int] = mapped_column(primary_key=True)
    feed: Mapped[str]
    at: Mapped[datetime]
    kind: Mapped[str]
    text: Mapped[str]
    __table_args__ = (Index(None, "feed", "n"),)


class QuarantineRow(Base):
    """An entry that killed its parser, as it came."""

    __tablename__ = "quarantine"
    feed: Mapped[str] = mapped_column(primary_key=True)
    span: Mapped[bytes] = mapped_column(primary_key=True)  # as in model.feed.FeedMemory.quarantined
    raw: Mapped[bytes]  # zlib of its markup
    reason: Mapped[str]
    at: Mapped[datetime]


class EntryRow(Base):
    """One listed thing, and how far its way through the steps has come."""

    __tablename__ = "entry"
    n: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    feed: Mapped[str]
    guid: Mapped[str]
    url: Mapped[str | None]
    url_key: Mapped[str | None]
    title: Mapped[str]
    summary: Mapped[str]
    outlet: Mapped[str]
    host: Mapped[str]
    language: Mapped[str | None]
    published: Mapped[datetime | None]
    first_seen: Mapped[datetime]
    body: Mapped[str | None]  # the whole article, where the source brought it
    html: Mapped[bytes | None]
    is_first_poll: Mapped[bool]
    listed_hash: Mapped[bytes | None]  # blake2b-8 of title and summary as listed now
    stage: Mapped[str]  # listed, read, done
    attempts: Mapped[int] = mapped_column(default=0)  # at its present stage
    lease_until: Mapped[datetime | None]
    lease: Mapped[str | None]
    __table_args__ = (
        UniqueConstraint("feed", "guid"),
        Index(None, "url_key"),
        Index(None, "listed_hash"),
        Index("ix_entry_waiting", "stage", "first_seen", sqlite_where=WAITING, postgresql_where=WAITING),
    )


class ArticleRow(Base):
    """The text read from behind an entry."""

    __tablename__ = "article"
    entry: Mapped[int] = mapped_column(ForeignKey("entry.n"), primary_key=True)
    title: Mapped[str]
    text: Mapped[str]
    language: Mapped[str]
    reader: Mapped[str]
    is_degraded: Mapped[bool]
    problem: Mapped[str | None]
    text_hash: Mapped[str]
    author: Mapped[str | None]
    site: Mapped[str | None]
    dated: Mapped[str | None]
    canonical_key: Mapped[str | None]
    aside: Mapped[str | None]  # JSON list of line numbers; None for none
    credits: Mapped[str | None]  # JSON list of agencies; None for none
    page_url: Mapped[str | None]  # what the page's validators are bound to
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    __table_args__ = (Index(None, "text_hash"), Index(None, "canonical_key"))


class LineRow(Base):
    """A line of a host's articles, by its hash, and one article that has it (analysis/asides.py)."""

    __tablename__ = "line"
    host: Mapped[str] = mapped_column(primary_key=True)
    hash: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    entry: Mapped[int] = mapped_column(ForeignKey("entry.n"), primary_key=True)
    seen_at: Mapped[datetime]
    __table_args__ = (Index(None, "seen_at"), {"sqlite_with_rowid": False})


class FingerprintRow(Base):
    """One kept shingle of one article (text.fingerprint.sketch); read by hash, never rebuilt."""

    __tablename__ = "fingerprint"
    hash: Mapped[int] = mapped_column(primary_key=True)  # signed, 32 bits
    entry: Mapped[int] = mapped_column(ForeignKey("entry.n"), primary_key=True)
    __table_args__ = ({"sqlite_with_rowid": False},)


class StoryRow(Base):
    """Articles of one watch on one event; `terms` is the JSON of its summed word weights."""

    __tablename__ = "story"
    id: Mapped[str] = mapped_column(primary_key=True)
    watch: Mapped[str]
    title: Mapped[str]
    terms: Mapped[str]
    articles: Mapped[int]
    created: Mapped[datetime]
    updated: Mapped[datetime]
    merged_into: Mapped[str | None] = mapped_column(ForeignKey("story.id"))
    is_open: Mapped[bool] = mapped_column(server_default=true())  # its words are in story_word
    __table_args__ = (Index(None, "watch", "is_open", "updated"), Index(None, "merged_into"))


class StoryWordRow(Base):
    """A word of an open story: how the stories that may be an article's are found."""

    __tablename__ = "story_word"
    watch: Mapped[str] = mapped_column(primary_key=True)
    term: Mapped[str] = mapped_column(primary_key=True)
    story: Mapped[str] = mapped_column(ForeignKey("story.id"), primary_key=True)
    __table_args__ = ({"sqlite_with_rowid": False},)


class SpreadRow(Base):
    """In how many open stories of a watch a word stands: counted once, as counting anew would cost what they are."""

    __tablename__ = "spread"
    watch: Mapped[str] = mapped_column(primary_key=True)
    term: Mapped[str] = mapped_column(primary_key=True)
    stories: Mapped[int]
    __table_args__ = ({"sqlite_with_rowid": False},)


class DecisionRow(Base):
    """What one entry was to one watch, and why; `watch` is empty where none matched."""

    __tablename__ = "decision"
    entry: Mapped[int] = mapped_column(ForeignKey("entry.n"), primary_key=True)
    watch: Mapped[str] = mapped_column(primary_key=True)
    outcome: Mapped[str]
    reason: Mapped[str]
    story: Mapped[str | None] = mapped_column(ForeignKey("story.id"))
    duplicate_of: Mapped[str | None]
    duplicate_kind: Mapped[str | None]
    containment: Mapped[float | None]
    novelty: Mapped[float | None]
    threshold: Mapped[float | None]
    matched: Mapped[str]  # JSON list of strings
    note: Mapped[str]
    at: Mapped[datetime]
    __table_args__ = (Index(None, "story"), Index(None, "watch", "at"))


class KnownTextRow(Base):
    """A text that the reader said is known; `watch` is empty where every watch knows it."""

    __tablename__ = "known_text"
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]  # model.watch.Told
    watch: Mapped[str]
    source: Mapped[str]
    title: Mapped[str]
    text: Mapped[str]
    language: Mapped[str]
    date: Mapped[datetime | None]
    outlet: Mapped[str]
    sentences: Mapped[int]
    at: Mapped[datetime]
    __table_args__ = (Index(None, "watch", "at"),)


class AckRow(Base):
    """An alert that its reader acknowledged: its article stays known for good."""

    __tablename__ = "ack"
    alert: Mapped[str] = mapped_column(ForeignKey("alert.id"), primary_key=True)
    entry: Mapped[int | None] = mapped_column(ForeignKey("entry.n"))  # None for the alert of a source
    watch: Mapped[str]
    at: Mapped[datetime]
    note: Mapped[str]
    __table_args__ = (Index(None, "watch", "at"),)


class SentenceRow(Base):
    """One judged sentence of one decision, with what it was held against."""

    __tablename__ = "sentence"
    entry: Mapped[int] = mapped_column(ForeignKey("entry.n"), primary_key=True)
    watch: Mapped[str] = mapped_column(primary_key=True)
    k: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    label: Mapped[str]
    score: Mapped[float]
    salience: Mapped[float]
    facts: Mapped[int]
    nearest: Mapped[str | None]  # JSON of model.judgement.Known
    changes: Mapped[str]  # JSON list of model.judgement.Change


class AlertRow(Base):
    """What is told, frozen as it was decided: of a story, or, without entry and story, of a source; a digest."""

    __tablename__ = "alert"
    id: Mapped[str] = mapped_column(primary_key=True)
    entry: Mapped[int | None] = mapped_column(ForeignKey("entry.n"))
    watch: Mapped[str]  # "" for a source
    story: Mapped[str | None] = mapped_column(ForeignKey("story.id"))
    feed: Mapped[str | None]  # the source
    kind: Mapped[str] = mapped_column(server_default="")  # store/codec.py; "" for a story's
    revision: Mapped[int]
    payload: Mapped[str]  # JSON of model.delivery.AnyAlert
    created: Mapped[datetime]
    confirmation: Mapped[str | None]  # model.judgement.Confirmation, as in the payload
    held_until: Mapped[datetime | None]  # while it waits: when the wait is over
    __table_args__ = (
        UniqueConstraint("watch", "story", "revision"),
        Index(None, "created"),
        Index("ix_alert_held_until", "held_until", sqlite_where=HELD, postgresql_where=HELD),
        Index("ix_alert_asked", "watch", "confirmation", "created", sqlite_where=ASKED, postgresql_where=ASKED),
    )


class DeliveryRow(Base):
    """The outbox: one alert on its way to one channel."""

    __tablename__ = "delivery"
    n: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    alert: Mapped[str] = mapped_column(ForeignKey("alert.id"))
    channel: Mapped[str]
    state: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    lease: Mapped[str | None]
    send_started_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None]
    route: Mapped[str] = mapped_column(server_default="")  # model.routing.Route.name
    feed: Mapped[str] = mapped_column(server_default="")  # that brought it
    wait: Mapped[str | None]  # model.delivery.Wait; None where it goes out as soon as it may
    bucket: Mapped[str] = mapped_column(server_default="")  # what waits in one bucket is told together
    not_before: Mapped[datetime | None]  # until when its channel asked to be left alone
    planned_at: Mapped[datetime | None]  # when it was to go out at first, or when its wait was to end
    digest: Mapped[str | None] = mapped_column(ForeignKey("alert.id"))  # that tells it
    __table_args__ = (
        UniqueConstraint("alert", "channel"),
        Index(None, "state", "next_at"),
        Index(None, "digest"),
        Index(None, "channel", "bucket", "planned_at"),
        Index("ix_delivery_unsent", "channel", "n", "next_at", sqlite_where=UNSENT, postgresql_where=UNSENT),
        Index("ix_delivery_single", "channel", "route", "planned_at", sqlite_where=SINGLE, postgresql_where=SINGLE),
        Index("ix_delivery_gathered", "channel", "bucket", "next_at", sqlite_where=GATHERED, postgresql_where=GATHERED),
    )


class SilenceRow(Base):
    """A wish of the reader: nothing of this for a while (model.routing.Silence)."""

    __tablename__ = "silence"
    id: Mapped[str] = mapped_column(primary_key=True)
    watch: Mapped[str]
    story: Mapped[str]
    feed: Mapped[str]
    outlet: Mapped[str]
    until: Mapped[datetime]
    note: Mapped[str]
    created: Mapped[datetime]
    is_expired: Mapped[bool] = mapped_column(server_default=false())
    __table_args__ = (Index(None, "until"),)


class VectorRow(Base):
    """A sentence's embedding, kept by its content so that no sentence is encoded twice."""

    __tablename__ = "vector"
    key: Mapped[bytes] = mapped_column(primary_key=True)  # blake2b-16 of model id and sentence
    data: Mapped[bytes]  # one signed byte a dimension (model/embedding.py)
    __table_args__ = ({"sqlite_with_rowid": False},)

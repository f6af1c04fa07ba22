"""First tables."""

import sqlalchemy as sa
from alembic import op

from monitor.store.tables import UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this schema."""
    op.create_table(
        "entry",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("guid", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("url_key", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("published", UtcTime(), nullable=True),
        sa.Column("first_seen", UtcTime(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("html", sa.LargeBinary(), nullable=True),
        sa.Column("is_first_poll", sa.Boolean(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", UtcTime(), nullable=True),
        sa.Column("lease", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_entry")),
        sa.UniqueConstraint("feed", "guid", name=op.f("uq_entry_feed_guid")),
        sa.UniqueConstraint("id", name=op.f("uq_entry_id")),
    )
    with op.batch_alter_table("entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_entry_url_key"), ["url_key"], unique=False)
        batch_op.create_index(
            "ix_entry_waiting",
            ["stage", "first_seen"],
            unique=False,
            sqlite_where=sa.text("stage != 'done'"),
            postgresql_where=sa.text("stage != 'done'"),
        )

    op.create_table(
        "feed",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("body_hash", sa.Text(), nullable=True),
        sa.Column("polls", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("is_down", sa.Boolean(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("polled_at", UtcTime(), nullable=True),
        sa.Column("next_at", UtcTime(), nullable=False),
        sa.Column("hold_until", UtcTime(), nullable=True),
        sa.Column("lease_until", UtcTime(), nullable=True),
        sa.Column("lease", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_feed")),
    )
    with op.batch_alter_table("feed", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feed_next_at"), ["next_at"], unique=False)

    op.create_table(
        "story",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("watch", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("articles", sa.Integer(), nullable=False),
        sa.Column("created", UtcTime(), nullable=False),
        sa.Column("updated", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story")),
    )
    with op.batch_alter_table("story", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_story_watch_updated"), ["watch", "updated"], unique=False)

    op.create_table(
        "vector",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_vector")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "alert",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("watch", sa.Text(), nullable=False),
        sa.Column("story", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("created", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["entry"], ["entry.n"], name=op.f("fk_alert_entry_entry")),
        sa.ForeignKeyConstraint(["story"], ["story.id"], name=op.f("fk_alert_story_story")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint("watch", "story", "revision", name=op.f("uq_alert_watch_story_revision")),
    )
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alert_created"), ["created"], unique=False)

    op.create_table(
        "article",
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("is_degraded", sa.Boolean(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("text_hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["entry"], ["entry.n"], name=op.f("fk_article_entry_entry")),
        sa.PrimaryKeyConstraint("entry", name=op.f("pk_article")),
    )
    with op.batch_alter_table("article", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_article_text_hash"), ["text_hash"], unique=False)

    op.create_table(
        "decision",
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("watch", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("story", sa.Text(), nullable=True),
        sa.Column("duplicate_of", sa.Text(), nullable=True),
        sa.Column("duplicate_kind", sa.Text(), nullable=True),
        sa.Column("containment", sa.Double(), nullable=True),
        sa.Column("novelty", sa.Double(), nullable=True),
        sa.Column("threshold", sa.Double(), nullable=True),
        sa.Column("matched", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["entry"], ["entry.n"], name=op.f("fk_decision_entry_entry")),
        sa.ForeignKeyConstraint(["story"], ["story.id"], name=op.f("fk_decision_story_story")),
        sa.PrimaryKeyConstraint("entry", "watch", name=op.f("pk_decision")),
    )
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decision_story"), ["story"], unique=False)
        batch_op.create_index(batch_op.f("ix_decision_watch_at"), ["watch", "at"], unique=False)

    op.create_table(
        "fingerprint",
        sa.Column("hash", sa.BigInteger(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["entry"], ["entry.n"], name=op.f("fk_fingerprint_entry_entry")),
        sa.PrimaryKeyConstraint("hash", "entry", name=op.f("pk_fingerprint")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sentence",
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("watch", sa.Text(), nullable=False),
        sa.Column("k", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("salience", sa.Double(), nullable=False),
        sa.Column("facts", sa.Integer(), nullable=False),
        sa.Column("nearest", sa.Text(), nullable=True),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["entry"], ["entry.n"], name=op.f("fk_sentence_entry_entry")),
        sa.PrimaryKeyConstraint("entry", "watch", "k", name=op.f("pk_sentence")),
    )
    op.create_table(
        "delivery",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("alert", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", UtcTime(), nullable=False),
        sa.Column("lease_until", UtcTime(), nullable=True),
        sa.Column("lease", sa.Text(), nullable=True),
        sa.Column("send_started_at", UtcTime(), nullable=True),
        sa.Column("sent_at", UtcTime(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["alert"], ["alert.id"], name=op.f("fk_delivery_alert_alert")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_delivery")),
        sa.UniqueConstraint("alert", "channel", name=op.f("uq_delivery_alert_channel")),
        sa.UniqueConstraint("key", name=op.f("uq_delivery_key")),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_state_next_at"), ["state", "next_at"], unique=False)

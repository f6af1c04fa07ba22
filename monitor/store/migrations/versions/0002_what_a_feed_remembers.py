"""What a feed remembers: rhythm, health, moves, holds, quarantine, edits; alerts about sources."""

import sqlalchemy as sa
from alembic import op

from monitor.store.tables import UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this schema."""
    op.create_table(
        "feed_event",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_feed_event")),
    )
    with op.batch_alter_table("feed_event") as batch_op:
        batch_op.create_index(batch_op.f("ix_feed_event_feed_n"), ["feed", "n"], unique=False)

    op.create_table(
        "host",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hold_until", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_host")),
    )
    op.create_table(
        "quarantine",
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("span", sa.LargeBinary(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("feed", "span", name=op.f("pk_quarantine")),
    )
    op.create_table(
        "edit",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["entry"], ["entry.n"], name=op.f("fk_edit_entry_entry")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_edit")),
    )
    with op.batch_alter_table("edit") as batch_op:
        batch_op.create_index(batch_op.f("ix_edit_entry"), ["entry"], unique=False)

    with op.batch_alter_table("alert") as batch_op:
        batch_op.add_column(sa.Column("feed", sa.Text(), nullable=True))
        batch_op.alter_column("entry", existing_type=sa.INTEGER(), nullable=True)
        batch_op.alter_column("story", existing_type=sa.TEXT(), nullable=True)

    with op.batch_alter_table("entry") as batch_op:
        batch_op.add_column(sa.Column("listed_hash", sa.LargeBinary(), nullable=True))
        batch_op.create_index(batch_op.f("ix_entry_listed_hash"), ["listed_hash"], unique=False)

    with op.batch_alter_table("feed") as batch_op:
        batch_op.add_column(sa.Column("host", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("url", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("validators_url", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("window", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("may_delta", sa.Boolean(), server_default=sa.true(), nullable=False))
        batch_op.add_column(sa.Column("hints", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("new_times", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("new_at", UtcTime(), nullable=True))
        batch_op.add_column(sa.Column("usual_gap_s", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("posted", sa.BigInteger(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("burst_until", UtcTime(), nullable=True))
        batch_op.add_column(sa.Column("failing_since", UtcTime(), nullable=True))
        batch_op.add_column(sa.Column("gone_since", UtcTime(), nullable=True))
        batch_op.add_column(sa.Column("is_silent", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("told", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("gaps", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("is_malformed", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("changed_guids", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("timed", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("late", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("problems", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("move_to", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("move_since", UtcTime(), nullable=True))
        batch_op.add_column(sa.Column("move_times", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("next_why", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("fresh_until", UtcTime(), nullable=True))
        batch_op.add_column(sa.Column("rung", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("touched_at", UtcTime(), nullable=True))
        batch_op.create_index(batch_op.f("ix_feed_host"), ["host"], unique=False)

"""What the reader said is known, and which alerts were acknowledged."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this schema."""
    op.create_table(
        "known_text",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("watch", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("date", sa.BigInteger(), nullable=True),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("sentences", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_text")),
    )
    op.create_index(op.f("ix_known_text_watch_at"), "known_text", ["watch", "at"])
    op.create_table(
        "ack",
        sa.Column("alert", sa.Text(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=True),
        sa.Column("watch", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["alert"], ["alert.id"], name=op.f("fk_ack_alert_alert")),
        sa.ForeignKeyConstraint(["entry"], ["entry.n"], name=op.f("fk_ack_entry_entry")),
        sa.PrimaryKeyConstraint("alert", name=op.f("pk_ack")),
    )
    op.create_index(op.f("ix_ack_watch_at"), "ack", ["watch", "at"])

"""How deliveries wait and are told together; silences."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this schema. What was on its way before goes on by itself, outside of every route's count."""
    with op.batch_alter_table("alert") as batch_op:
        batch_op.add_column(sa.Column("kind", sa.Text(), server_default="", nullable=False))
    op.execute(sa.text("UPDATE alert SET kind = 'source' WHERE feed IS NOT NULL"))
    with op.batch_alter_table("delivery") as batch_op:
        batch_op.add_column(sa.Column("route", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("feed", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("wait", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("bucket", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("not_before", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("planned_at", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("digest", sa.Text(), nullable=True))
        batch_op.create_foreign_key("fk_delivery_digest_alert", "alert", ["digest"], ["id"])
    op.execute(sa.text("UPDATE delivery SET wait = 'confirmation' WHERE state = 'held'"))
    op.create_index("ix_delivery_digest", "delivery", ["digest"])
    op.create_index("ix_delivery_channel_bucket_planned_at", "delivery", ["channel", "bucket", "planned_at"])
    single = sa.text("(wait IS NULL OR wait = 'group')")
    columns = ["channel", "route", "planned_at"]
    op.create_index("ix_delivery_single", "delivery", columns, sqlite_where=single, postgresql_where=single)
    gathered = sa.text("digest IS NULL AND state IN ('held', 'batched')")
    columns = ["channel", "bucket", "next_at"]
    op.create_index("ix_delivery_gathered", "delivery", columns, sqlite_where=gathered, postgresql_where=gathered)
    unsent = sa.text("state IN ('pending', 'leased', 'retry', 'unknown')")
    columns = ["channel", "n", "next_at"]
    op.create_index("ix_delivery_unsent", "delivery", columns, sqlite_where=unsent, postgresql_where=unsent)
    op.create_table(
        "silence",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("watch", sa.Text(), nullable=False),
        sa.Column("story", sa.Text(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("is_expired", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_silence")),
    )
    op.create_index("ix_silence_until", "silence", ["until"])

"""The agencies that an article is credited to, and alerts that wait for a second source."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this schema. What was judged before is credited to nobody; its alerts were asked for no second source."""
    with op.batch_alter_table("article") as batch_op:
        batch_op.add_column(sa.Column("credits", sa.Text(), nullable=True))
    with op.batch_alter_table("alert") as batch_op:
        batch_op.add_column(sa.Column("confirmation", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("held_until", sa.BigInteger(), nullable=True))
    held, asked = sa.text("held_until IS NOT NULL"), sa.text("confirmation IS NOT NULL")
    op.create_index("ix_alert_held_until", "alert", ["held_until"], sqlite_where=held, postgresql_where=held)
    columns = ["watch", "confirmation", "created"]
    op.create_index("ix_alert_asked", "alert", columns, sqlite_where=asked, postgresql_where=asked)

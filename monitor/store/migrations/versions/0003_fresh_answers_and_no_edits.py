"""How long an answer stays fresh, for a 304 that does not say; no earlier versions of entries, which nobody read."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this schema."""
    with op.batch_alter_table("feed") as batch_op:
        batch_op.add_column(sa.Column("fresh_for_s", sa.Double(), server_default="0", nullable=False))
    op.drop_table("edit")

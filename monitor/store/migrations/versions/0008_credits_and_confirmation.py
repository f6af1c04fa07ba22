"""The agencies that an article is credited to."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this schema. Articles that were judged before count as credited to nobody."""
    with op.batch_alter_table("article") as batch_op:
        batch_op.add_column(sa.Column("credits", sa.Text(), nullable=True))

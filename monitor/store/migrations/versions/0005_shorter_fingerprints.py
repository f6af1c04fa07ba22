"""Fingerprints of 32 bits: half the room for the same look-up."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this schema. What was kept stays comparable: the upper half of each hash."""
    op.create_table(
        "shorter",
        sa.Column("hash", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["entry"], ["entry.n"], name=op.f("fk_fingerprint_entry_entry")),
        sa.PrimaryKeyConstraint("hash", "entry", name=op.f("pk_fingerprint")),
        sqlite_with_rowid=False,
    )
    op.execute("INSERT OR IGNORE INTO shorter SELECT hash >> 32, entry FROM fingerprint ORDER BY hash, entry")
    op.drop_table("fingerprint")
    op.rename_table("shorter", "fingerprint")

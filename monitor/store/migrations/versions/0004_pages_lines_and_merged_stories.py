"""What pages say of themselves, the lines that hosts repeat, and stories that proved to be one."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this schema."""
    told = ("author", "site", "dated", "canonical_key", "aside", "page_url", "etag", "last_modified")
    with op.batch_alter_table("article") as batch_op:
        for name in told:
            batch_op.add_column(sa.Column(name, sa.Text()))
        batch_op.create_index(op.f("ix_article_canonical_key"), ["canonical_key"])
    with op.batch_alter_table("story") as batch_op:
        batch_op.add_column(sa.Column("merged_into", sa.Text()))
        batch_op.create_foreign_key(op.f("fk_story_merged_into_story"), "story", ["merged_into"], ["id"])
        batch_op.create_index(op.f("ix_story_merged_into"), ["merged_into"])
    op.create_table(
        "line",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("hash", sa.BigInteger(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["entry"], ["entry.n"], name=op.f("fk_line_entry_entry")),
        sa.PrimaryKeyConstraint("host", "hash", "entry", name=op.f("pk_line")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_line_seen_at"), "line", ["seen_at"])

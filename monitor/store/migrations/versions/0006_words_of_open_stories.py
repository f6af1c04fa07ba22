"""The words of open stories, by which an article's story is found, and in how many of them each stands."""

import json
from collections import Counter

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this schema."""
    with op.batch_alter_table("story") as batch_op:
        batch_op.add_column(sa.Column("is_open", sa.Boolean(), server_default=sa.true(), nullable=False))
        batch_op.drop_index(op.f("ix_story_watch_updated"))
        batch_op.create_index(op.f("ix_story_watch_is_open_updated"), ["watch", "is_open", "updated"])
    words = op.create_table(
        "story_word",
        sa.Column("watch", sa.Text(), nullable=False),
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("story", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["story"], ["story.id"], name=op.f("fk_story_word_story_story")),
        sa.PrimaryKeyConstraint("watch", "term", "story", name=op.f("pk_story_word")),
        sqlite_with_rowid=False,
    )
    spread = op.create_table(
        "spread",
        sa.Column("watch", sa.Text(), nullable=False),
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("stories", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("watch", "term", name=op.f("pk_spread")),
        sqlite_with_rowid=False,
    )
    holders: Counter[tuple[str, str]] = Counter()
    for story, watch, terms in op.get_bind().execute(sa.text("SELECT id, watch, terms FROM story")).all():
        told = sorted(json.loads(terms))
        holders.update((watch, term) for term in told)
        op.bulk_insert(words, [{"watch": watch, "term": term, "story": story} for term in told])
    op.bulk_insert(
        spread, [{"watch": watch, "term": term, "stories": count} for (watch, term), count in sorted(holders.items())]
    )

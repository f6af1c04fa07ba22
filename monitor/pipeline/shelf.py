"""Shelf: what people change about stories: two become one, or some articles get a story of their own.

In:  ids, which may be shortened, or addresses of entries.
Out: the stories as they stand afterwards; every id that was ever given is answered.
Not here: placing articles (assess.py), which must not go on meanwhile: the daemon sees to it, else the state's lock.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from itertools import count

import structlog

from monitor.analysis.stories import merged, terms_of
from monitor.model.article import Article
from monitor.model.ids import make_id
from monitor.model.story import Story
from monitor.store import entries, stories
from monitor.store.engine import CHUNK, Store, Tx
from monitor.store.stories import Member, StoryError
from monitor.text.urls import canonical

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """Two stories are one."""

    story: str
    title: str
    articles: int
    other: str  # the id that goes on as another name of `story`


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Some articles of a story have one of their own."""

    story: str
    title: str
    articles: int  # that stay
    new: str
    new_title: str
    moved: int  # articles, and
    copies: int  # of those, what left since it repeats another one


async def merge(store: Store, one: str, into: str) -> Merged:
    """Make two stories of a watch one, under the id and title of `into`. Raises StoryError."""
    both, other = await store.write(lambda tx: _merge(tx, one, into))
    log.info("stories_merged", watch=both.watch, story=both.id, other=other)
    return Merged(story=both.id, title=both.title, articles=both.articles, other=other)


def _merge(tx: Tx, one: str, into: str) -> tuple[Story, str]:
    other, story = _story(tx, one), _story(tx, into)
    if other.id == story.id:
        raise StoryError(f"{one!r} and {into!r} are one story already, {story.id}")
    if other.watch != story.watch:
        raise StoryError(f"{other.id} is a story of watch {other.watch!r} and {story.id} of {story.watch!r}")
    both = merged(story, other)
    stories.merge(tx, both, other)
    return both, other.id


async def split(store: Store, ref: str, refs: Sequence[str]) -> Split:
    """Give entries of a story, and the copies of them, a story of their own. Raises StoryError.

    Where they are all that a merge brought, their story goes on under its old id; else it gets a new one, and the ids
    of merged stories that leave whole go with them.
    """
    story, members = await store.write(lambda tx: _read(tx, ref))
    named = frozenset(entry for each in refs for entry in meant(members, each, story=story.id))
    leaving = with_copies(members, named)
    gone = [member for member in members if member.entry in leaving]
    kept = [member for member in members if member.entry not in leaving]
    if not gone or not kept:
        raise StoryError(f"story {story.id} would keep no article: copies leave with what they repeat")
    rest, fresh = await _told_anew(store, story, kept), await _told_anew(store, story, gone)
    if any(member.title == story.title for member in kept):
        rest = replace(rest, title=story.title)

    def write(tx: Tx) -> Story:
        if _read(tx, story.id) != (story, members):
            raise StoryError(f"story {story.id} changed meanwhile; try again")
        whole = {member.story for member in gone} - {member.story for member in kept} - {story.id}
        moved = {member.n for member in gone if member.story not in whole}
        name = _free_id(tx, story.watch, gone[0].entry) if moved else gone[0].story  # a merge undone
        made = replace(fresh, id=name)
        stories.split(tx, replace(rest, id=story.id), made, ids=whole, leaving=moved)
        return made

    made = await store.write(write)
    log.info("story_split", watch=story.watch, story=story.id, new=made.id, articles=len(gone))
    return Split(
        story=story.id,
        title=rest.title,
        articles=len(kept),
        new=made.id,
        new_title=made.title,
        moved=len(gone),
        copies=len(leaving - named),
    )


def meant(members: Sequence[Member], ref: str, *, story: str) -> frozenset[str]:
    """Return the articles of a story that an address or an id, which may be shortened, names. Raises StoryError."""
    key = canonical(ref)
    by_url = {each.entry for each in members if each.url == ref or (key is not None and each.url_key == key)}
    by_id = {each.entry for each in members if each.entry.startswith(ref.lower())}
    if not by_url and len(by_id) > 1:
        raise StoryError(f"{ref!r} may be any of the entries {', '.join(sorted(by_id))}; write more of it")
    if not by_url | by_id:
        raise StoryError(f"{ref!r} is no entry of story {story}")
    return frozenset(by_url or by_id)


def with_copies(members: Sequence[Member], named: frozenset[str]) -> frozenset[str]:
    """Return these articles and the copies of them, copies of copies included: what says the same stays together."""
    found = named
    while more := {each.entry for each in members if each.copy_of in found} - found:
        found |= more
    return found


def _read(tx: Tx, ref: str) -> tuple[Story, tuple[Member, ...]]:
    story = _story(tx, ref)
    return story, stories.members(tx, story.id)


def _story(tx: Tx, ref: str) -> Story:
    story = stories.get(tx, stories.one_named(tx, ref))
    assert story is not None  # it was found in this transaction
    return story


async def _told_anew(store: Store, story: Story, members: Sequence[Member]) -> Story:
    """Return what a story would be if these had been all its articles; it has no id."""
    told: Story | None = None
    for at in range(0, len(members), CHUNK):  # a story may have more articles than memory should hold at once
        some = members[at : at + CHUNK]
        articles = await store.write(lambda tx, some=some: [entries.article(tx, each.n) for each in some])  # type: ignore[misc]
        told = await asyncio.to_thread(_summed, told, articles, [each.at for each in some], story.watch)
    assert told is not None  # there are members
    return told


def _summed(told: Story | None, articles: Sequence[Article], moments: Sequence[datetime], watch: str) -> Story:
    alone = [_alone(article, at, watch) for article, at in zip(articles, moments, strict=True)]
    return reduce(merged, alone if told is None else [told, *alone])


def _alone(article: Article, at: datetime, watch: str) -> Story:
    return Story(
        id="", watch=watch, title=article.title, terms=terms_of(article), articles=1, created=at, updated=at
    )  # fmt: skip


def _free_id(tx: Tx, watch: str, entry: str) -> str:
    """Return an id for a story that was split off: by its first entry, and how often that was split off before."""
    ids = (make_id("story", watch, "split", entry, str(times)) for times in count())
    return next(each for each in ids if not stories.is_known(tx, each))

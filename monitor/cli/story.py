"""`monitor story`: what belongs together, and what people know better.

In:  the state, also beside a running daemon; ids, which may be shortened, and addresses.
Out: stories and their articles on stdout; two stories as one, or one as two.
Not here: what a change does (pipeline/shelf.py), how it looks (story_show.py).
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import click

from monitor.cli.options import Options, pass_options
from monitor.cli.setup import set_up
from monitor.cli.story_show import show_list, show_merged, show_split, show_story
from monitor.errors import MonitorError, StateInUseError, UsageError
from monitor.pipeline import shelf
from monitor.pipeline.shelf import Merged, Split
from monitor.service.control import Talk, ask
from monitor.store import story_views
from monitor.store.engine import Store, Tx, open_for_reading, open_store

ID_MIN: Final = 4  # characters; fewer would name stories by accident
PATIENCE_S: Final = 3.0  # with whoever holds the state and does not listen: a daemon that starts, or a short pass
PAUSE_S: Final = 0.1
LONGEST: Final = timedelta(days=36_525)  # further back there is no feed


class _Span(click.ParamType[timedelta]):
    """How long ago, as durations are written in the configuration."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Return how long ago."""
        from monitor.config.schema import duration

        try:
            return min(duration(value), LONGEST)
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.group("story")
def command() -> None:
    """List, show, merge and split stories."""


@command.command("list")
@click.option("--watch", metavar="NAME", help="Only those of a watch.")
@click.option("--since", type=_Span(), metavar="TIME", help="Only those that moved since then, such as 7d.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many.")
@pass_options
def list_(options: Options, watch: str | None, since: timedelta | None, limit: int) -> None:
    """List the stories, those that moved last first."""
    set_up(options)
    config = options.load()
    moment = datetime.now(UTC) - since if since is not None else None
    with _reading(config.state) as tx:
        found = story_views.listed(tx, watch=watch, since=moment, limit=limit)
    if watch is not None and not found and watch not in {each.name for each in config.watches}:
        raise UsageError(f"there is no watch named {watch!r}")
    show_list(options, found)


@command.command("show")
@click.argument("story", metavar="ID")
@pass_options
def show(options: Options, story: str) -> None:
    """Show the articles of a story in their order, and its alerts."""
    ref = _ref(story)
    set_up(options)
    with _reading(options.load().state) as tx:
        detail = story_views.shown(tx, ref)
    show_story(options, detail)


@command.command("merge")
@click.argument("story", metavar="ID")
@click.argument("into", metavar="INTO")
@pass_options
def merge(options: Options, story: str, into: str) -> None:
    """Make two stories one: ID goes into INTO.

    Both ids name it from now on. What was decided and told stays as it is.
    """
    one, other = _ref(story), _ref(into)
    set_up(options)
    asked: Talk = {"do": "story_merge", "story": one, "into": other}
    show_merged(options, Merged(**_changed(options, asked, lambda store: shelf.merge(store, one, other))))


@command.command("split")
@click.argument("story", metavar="ID")
@click.argument("entries", metavar="ENTRY...", nargs=-1, required=True)
@pass_options
def split(options: Options, story: str, entries: tuple[str, ...]) -> None:
    """Give entries of a story, named by id or URL, a story of their own.

    Copies leave with what they repeat. Alerts that were sent stay as they are.
    """
    ref, refs = _ref(story), [_ref(each) for each in entries]
    set_up(options)
    asked: Talk = {"do": "story_split", "story": ref, "entries": refs}
    show_split(options, Split(**_changed(options, asked, lambda store: shelf.split(store, ref, refs))))


def _ref(word: str) -> str:
    """Return an id or address as it was meant: logs and alerts show ids in brackets. Raises UsageError."""
    ref = word.strip().strip("[]#").strip()
    if len(ref) < ID_MIN:
        raise UsageError(f"{word!r} is too short: give at least {ID_MIN} characters of an id")
    return ref


@contextmanager
def _reading(state: Path) -> Iterator[Tx]:
    store = open_for_reading(state)
    try:
        with store.read() as tx:
            yield tx
    finally:
        store.close()


def _changed(options: Options, asked: Talk, work: Callable[[Store], Coroutine[Any, Any, Merged | Split]]) -> Talk:
    """Have a running daemon make a change, or make it where none runs; return what came of it. Raises MonitorError."""
    state = options.load().state
    until = time.monotonic() + PATIENCE_S
    while (answer := ask(state, asked)) is None:
        try:
            return asdict(_alone(state, work))
        except StateInUseError:
            if time.monotonic() > until:
                raise
        time.sleep(PAUSE_S)
    if not answer.pop("ok"):
        raise MonitorError(str(answer.get("error")))
    return answer


def _alone(state: Path, work: Callable[[Store], Coroutine[Any, Any, Merged | Split]]) -> Merged | Split:
    open_for_reading(state).close()  # it says what is wrong where there is nothing to change
    store = open_store(state)
    try:
        return asyncio.run(work(store))
    finally:
        store.close()

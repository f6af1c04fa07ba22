"""`monitor story`: what belongs together, and what people know better.

In:  the state, also beside a running daemon; ids, which may be shortened, and addresses.
Out: stories and their articles on stdout; two stories as one, or one as two.
Not here: what a change does (pipeline/shelf.py), how it looks (story_show.py).
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import click

from monitor.cli.beside import changed, named, reading
from monitor.cli.options import Options, pass_options
from monitor.cli.setup import set_up
from monitor.cli.story_show import show_list, show_merged, show_split, show_story
from monitor.errors import UsageError
from monitor.pipeline import shelf
from monitor.pipeline.shelf import Merged, Split
from monitor.service.control import Talk
from monitor.store import story_views

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
    with reading(config.state) as tx:
        found = story_views.listed(tx, watch=watch, since=moment, limit=limit)
    if watch is not None and not found and watch not in {each.name for each in config.watches}:
        raise UsageError(f"there is no watch named {watch!r}")
    show_list(options, found)


@command.command("show")
@click.argument("story", metavar="ID")
@pass_options
def show(options: Options, story: str) -> None:
    """Show the articles of a story in their order, and its alerts."""
    ref = named(story)
    set_up(options)
    with reading(options.load().state) as tx:
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
    one, other = named(story), named(into)
    set_up(options)
    asked: Talk = {"do": "story_merge", "story": one, "into": other}
    show_merged(options, Merged(**changed(options.load().state, asked, lambda store: shelf.merge(store, one, other))))


@command.command("split")
@click.argument("story", metavar="ID")
@click.argument("entries", metavar="ENTRY...", nargs=-1, required=True)
@pass_options
def split(options: Options, story: str, entries: tuple[str, ...]) -> None:
    """Give entries of a story, named by id or URL, a story of their own.

    Copies leave with what they repeat. Alerts that were sent stay as they are.
    """
    ref, refs = named(story), [named(each) for each in entries]
    set_up(options)
    asked: Talk = {"do": "story_split", "story": ref, "entries": refs}
    show_split(options, Split(**changed(options.load().state, asked, lambda store: shelf.split(store, ref, refs))))

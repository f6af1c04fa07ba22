"""`monitor feed`: the feeds that are followed, and how they do.

In:  the configuration, the state, addresses.
Out: what is known of feeds, or what one request for a feed gives, on stdout.
Not here: changes to the list of feeds (feed_edit.py), how it looks (feed_show.py), asking (sources/discovery.py).
"""

import asyncio
import contextlib
import re
from typing import TYPE_CHECKING

import click

from monitor.cli.exits import DONE, FAILED
from monitor.cli.feed_edit import add, address_of, export, import_, prober_of, rm
from monitor.cli.options import Options, pass_options
from monitor.cli.setup import set_up
from monitor.errors import UsageError

if TYPE_CHECKING:
    from monitor.config.config import Config
    from monitor.model.feed import Feed
    from monitor.store.engine import Store


@click.group("feed")
def command() -> None:
    """List, show, add, remove and test feeds."""


for each in (add, rm, import_, export):
    command.add_command(each)


@command.command("list")
@pass_options
def list_(options: Options) -> None:
    """Show how every configured feed stands."""
    from monitor.cli.feed_show import show_list
    from monitor.store import feed_views

    set_up(options)
    config = options.load()
    with contextlib.ExitStack() as stack:
        store = _store(config, stack)
        if store is None:
            health = {}
        else:
            with store.read() as tx:
                health = {each.state.name: each for each in feed_views.health(tx)}
    places = {feed.name: feed.url or feed.folder for feed in config.feeds}
    show_list(options, config.feeds, {name: each for name, each in health.items() if places.get(name) == each.location})


@command.command("show")
@click.argument("name")
@pass_options
def show(options: Options, name: str) -> None:
    """Show everything known of a feed."""
    from monitor.cli.feed_show import show_feed
    from monitor.store import feed_views

    set_up(options)
    config = options.load()
    feed = _named(config, name)
    detail = None
    with contextlib.ExitStack() as stack:
        store = _store(config, stack)
        if store is not None:
            with store.read() as tx:
                detail = feed_views.show(tx, name)
    if detail is not None and detail.health.location != (feed.url or feed.folder):
        detail = None  # what is stored speaks of the address it had before
    show_feed(options, feed, detail)


@command.command("test")
@click.argument("feed", metavar="NAME|URL")
@click.option("--allow-private", is_flag=True, help="It may reach private addresses and any port.")
@pass_options
def test(options: Options, feed: str, allow_private: bool) -> int:
    """Ask for a feed once and store nothing.

    For a page, the feed behind it is looked for.
    """
    from monitor.model.feed import Feed

    set_up(options)
    config = options.load() if options.find_config() else None
    known = next((each for each in config.feeds if each.name == feed), None) if config else None
    if known is not None and known.folder is not None:
        return _test_folder(options, known)
    if known is None and not _is_address(feed):
        raise UsageError(f"there is no feed named {feed!r}, and it is no address; write https://host/path")
    may_reach = known.allow_private if known else bool(config and config.allow_private)
    asked = Feed(name=feed, url=known.url if known else address_of(feed), allow_private=allow_private or may_reach)
    return asyncio.run(_test(options, asked, config, is_configured=known is not None))


def _store(config: "Config", stack: contextlib.ExitStack) -> "Store | None":
    """Return the store, open until the stack closes, or None where nothing is stored yet."""
    from monitor.store.engine import FILE_NAME, open_for_reading

    if not (config.state / FILE_NAME).exists():
        return None
    store = open_for_reading(config.state)
    stack.callback(store.close)
    return store


def _named(config: "Config", name: str) -> "Feed":
    feed = next((each for each in config.feeds if each.name == name), None)
    if feed is None:
        raise UsageError(f"there is no feed named {name!r}; `monitor feed list` shows them all")
    return feed


def _is_address(word: str) -> bool:
    return "://" in word or bool(re.match(r"[^/\s]+\.[^/\s.]+(?:[:/]|$)", word))


async def _test(options: Options, feed: "Feed", config: "Config | None", *, is_configured: bool) -> int:
    from monitor.alerting.escape import clean
    from monitor.cli import feed_show

    async with prober_of(config) as prober:
        search = await prober.discover(feed.url or "", allow_private=feed.allow_private)
    if search.is_page:
        feed_show.show_discovery(options, feed.url or "", search)
    if not search.is_page or search.found:
        feed_show.show_trial(options, search.trial)
    if search.found is None:
        click.echo(feed_show.in_vain(search), err=True)
        return FAILED
    if search.is_page and is_configured:
        click.echo(f"{clean(feed.name)}: its address is a web page; the feed behind it is shown above", err=True)
        return FAILED
    return DONE


def _test_folder(options: Options, feed: "Feed") -> int:
    from monitor.cli.feed_show import show_trial
    from monitor.model.feed import ParsedFeed, Validators
    from monitor.sources.discovery import Trial
    from monitor.sources.folders import poll_folder

    polled = poll_folder(feed, Validators())
    parsed = polled if isinstance(polled, ParsedFeed) else ParsedFeed(entries=())
    show_trial(options, Trial(url=feed.folder or "", took_ms=0, answer=None, status=None, feed=parsed))
    return DONE

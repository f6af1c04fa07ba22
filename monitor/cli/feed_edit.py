"""`monitor feed add`, `rm`, `import`, `export`: changes to the list of feeds, and the list as others read it.

In:  the configuration, addresses, OPML files.
Out: a changed monitor.yaml and a daemon that knows of it; an OPML file.
Not here: editing (config/edit.py), finding feeds (sources/discovery.py), how it looks (feed_show.py).
"""

import asyncio
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.exits import DONE
from monitor.cli.options import Options, pass_options
from monitor.cli.setup import set_up
from monitor.errors import MonitorError, SourceError, UsageError

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from monitor.config.config import Config
    from monitor.config.edit import NewFeed
    from monitor.sources.discovery import Discovery, Prober

PATIENCE_S = 3.0  # with a daemon that has the state and does not listen yet: it has read the file already
PAUSE_S = 0.1
MAX_NAME_CHARS = 40  # of a name made of a feed's title


@click.command("add")
@click.argument("url", required=False)
@click.option("--name", help="How it is called here; else made of its title.")
@click.option("--outlet", help="Who speaks; else the fetched host.")
@click.option("--every", metavar="TIME", help="How often it is polled, such as 5m.")
@click.option("--first-poll", type=click.Choice(["learn", "judge"]), help="What its first poll's entries are.")
@click.option("--folder", type=click.Path(path_type=Path), metavar="DIR", help="Follow a folder of texts instead.")
@click.option("--allow-private", is_flag=True, help="It may reach private addresses and any port.")
@click.option("--no-check", is_flag=True, help="Write it down without asking for it.")
@click.option("--dry-run", is_flag=True, help="Look, and change nothing.")
@pass_options
def add(
    options: Options,
    url: str | None,
    name: str | None,
    outlet: str | None,
    every: str | None,
    first_poll: str | None,
    folder: Path | None,
    allow_private: bool,
    no_check: bool,
    dry_run: bool,
) -> int:
    """Follow a feed, or the one behind a page."""
    from monitor.config.edit import NewFeed, add_feeds, check_feed

    set_up(options)
    if (url is None) == (folder is None):
        raise UsageError("give either the address of a feed or page, or --folder")
    config, path = _config(options)
    taken = {feed.name for feed in config.feeds}
    if name in taken:
        raise UsageError(f"another feed is called {name!r} already; `monitor feed show {name}` shows it")
    wanted = NewFeed(
        name=name or "_", outlet=outlet, every=every, first_poll=first_poll, allow_private=allow_private,
        url=None if url is None else address_of(url), folder=None if folder is None else _from(path, folder),
    )  # fmt: skip
    check_feed(wanted)
    _refuse_known(config, wanted.url)
    discovery = None
    if wanted.url is not None and not no_check:
        discovery = _discovered(options, config, wanted.url, allow_private=allow_private or config.allow_private)
    new = _settled(wanted, discovery, taken, is_named=name is not None)
    if new.url != wanted.url:
        _refuse_known(config, new.url)
    check_feed(new)
    add_feeds(path, [new], dry_run=dry_run)
    is_heard = not dry_run and _tell_daemon(config, path)
    _say_added(options, path, new, discovery, is_heard=is_heard, dry_run=dry_run)
    return DONE


@click.command("rm")
@click.argument("name")
@click.option("--dry-run", is_flag=True, help="Look, and change nothing.")
@pass_options
def rm(options: Options, name: str, dry_run: bool) -> int:
    """Follow a feed no more.

    What it brought stays stored: should it come back, its old entries are not new again.
    """
    from monitor.alerting.escape import clean
    from monitor.cli.feed_show import say
    from monitor.config.edit import remove_feed

    set_up(options)
    config, path = _config(options)
    edited = remove_feed(path, name, dry_run=dry_run)
    is_heard = not dry_run and _tell_daemon(config, path)
    newcomers = [feed.name for feed in edited.after.feeds if feed not in edited.before.feeds]
    if options.json:
        say({"type": "removed", "name": name, "file": str(path), "reloaded": is_heard, "dry_run": dry_run})
    elif not options.quiet:
        click.echo(f"{'would remove' if dry_run else 'removed'} {clean(name)} from {path}{_heard(is_heard)}")
    for newcomer in newcomers:
        click.echo(f"an OPML file lists the same address: it is still followed, as {clean(newcomer)}", err=True)
    return DONE


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Look, and change nothing.")
@pass_options
def import_(options: Options, file: Path, dry_run: bool) -> int:
    """Follow the feeds of an OPML file.

    Those that are followed already are skipped.
    """
    from monitor.alerting.escape import clean
    from monitor.cli.feed_show import say, without_user
    from monitor.config.edit import add_feeds

    set_up(options)
    config, path = _config(options)
    new, skipped = _from_opml(config, file)
    if new:
        add_feeds(path, new, dry_run=dry_run)
    is_heard = bool(new) and not dry_run and _tell_daemon(config, path)
    for sentence in skipped:
        click.echo(clean(sentence), err=True)
    if options.json:
        for each in new:
            say({"type": "added", "name": each.name, "url": without_user(each.url or ""), "outlet": each.outlet})
        counts: dict[str, object] = {"added": len(new), "skipped": len(skipped)}
        say({"type": "summary", **counts, "file": str(path), "reloaded": is_heard, "dry_run": dry_run})
    elif not options.quiet:
        verb = "would add" if dry_run else "added"
        click.echo(f"{verb} {_several(len(new))} to {path}, skipped {len(skipped)}{_heard(is_heard)}")
    return DONE


@click.command("export")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--force", is_flag=True, help="Overwrite a file.")
@pass_options
def export(options: Options, file: Path | None, force: bool) -> int:
    """Write the feeds as an OPML file.

    Without FILE it goes to stdout. Folders have no address and are left out; passwords in addresses, too.
    """
    from monitor.alerting.escape import clean
    from monitor.cli.feed_show import say, without_user
    from monitor.sources.opml import OpmlFeed, write_opml

    set_up(options)
    config = options.load()
    listed = []
    for feed in config.feeds:
        if feed.url is None:
            continue
        url = without_user(feed.url)
        if url != feed.url:
            click.echo(f"{clean(feed.name)} is exported without the user and password in its address", err=True)
        listed.append(OpmlFeed(name=feed.name, url=url, title=feed.name, outlet=feed.outlet))
    if file is not None:
        _write(file, write_opml(listed), force=force)
        if options.json:
            say({"type": "written", "file": str(file), "feeds": len(listed)})
        elif not options.quiet:
            click.echo(f"wrote {_several(len(listed))} to {file}")
    elif options.json:
        for each in listed:
            say({"type": "feed", "name": each.name, "url": each.url, "outlet": each.outlet})
    else:
        sys.stdout.buffer.write(write_opml(listed))
    return DONE


def _config(options: Options) -> "tuple[Config, Path]":
    config = options.load()
    assert config.path is not None  # load() reads a file
    return config, config.path


def address_of(word: str) -> str:
    """Return an address as people type it as one: with https:// where they leave that out."""
    return word if "://" in word else f"https://{word}"


def _from(config: Path, folder: Path) -> str:
    """Return a folder as the configuration shall name it: from where that lies, if it lies below."""
    if not folder.is_dir():
        raise UsageError(f"there is no folder {str(folder)!r}")
    there, here = folder.absolute(), config.absolute().parent
    return str(there.relative_to(here)) if there.is_relative_to(here) else str(there)


def _refuse_known(config: "Config", url: str | None) -> None:
    from monitor.config.urls import place_of

    for feed in config.feeds if url is not None else ():
        if feed.url is not None and place_of(feed.url) == place_of(url or ""):
            raise MonitorError(f"this feed is followed already, as {feed.name!r}")


def _discovered(options: Options, config: "Config", url: str, *, allow_private: bool) -> "Discovery":
    """Return the feed behind an address. Raises SourceError where there is none."""
    from monitor.cli import feed_show

    async def work() -> "Discovery":
        async with prober_of(config) as prober:
            return await prober.discover(url, allow_private=allow_private)

    if sys.stderr.isatty() and not options.quiet:
        click.echo(f"asking {feed_show.shown_url(url)} …", err=True)
    discovery = asyncio.run(work())
    if discovery.found is None:
        raise SourceError(feed_show.in_vain(discovery))
    return discovery


def prober_of(config: "Config | None") -> "AbstractAsyncContextManager[Prober]":
    """Return what asks for feeds and pages, as politely as the configuration has it."""
    from monitor.sources.discovery import open_prober

    if config is None:
        return open_prober(contact="")
    return open_prober(contact=config.contact, gap_s=config.host_gap.total_seconds())


def _settled(wanted: "NewFeed", discovery: "Discovery | None", taken: set[str], *, is_named: bool) -> "NewFeed":
    """Return the feed as it is written down: with the address that was found, and a name."""
    from dataclasses import replace
    from urllib.parse import urlsplit

    from monitor.config.feeds import free_name
    from monitor.sources.opml import MAX_LABEL_CHARS, hyphenated

    url, title = wanted.url, ""
    if discovery is not None and discovery.found is not None:
        parsed = discovery.trial.feed
        moved = parsed.visit.moved_to if parsed else None
        title = parsed.hints.title if parsed else ""
        has_user = "@" in urlsplit(discovery.found.url).netloc  # it would be lost on the way
        url = moved if moved and not has_user else discovery.found.url
    if is_named:
        return replace(wanted, url=url)
    words = hyphenated(title)[:MAX_NAME_CHARS].strip("-_")
    plain = words or (urlsplit(url).hostname if url else Path(wanted.folder or "").name) or "feed"
    return replace(wanted, url=url, name=free_name(plain, url or "", taken)[:MAX_LABEL_CHARS].strip())


def _tell_daemon(config: "Config", path: Path) -> bool:
    """Let a running daemon take up the changed file; return whether one did. Raises MonitorError: it refuses."""
    from monitor.service.control import ask
    from monitor.store.engine import is_held

    request = {"do": "reload", "file": os.path.realpath(path)}
    until = time.monotonic() + PATIENCE_S
    while (answer := ask(config.state, request)) is None:
        if not config.state.is_dir() or not is_held(config.state):
            return False
        if time.monotonic() > until:
            click.echo("another monitor is at work here; it knows of the change when it starts again", err=True)
            return False
        time.sleep(PAUSE_S)
    if not answer.get("ok"):
        raise MonitorError(f"{path} is changed, but the running daemon does not take it: {answer.get('error')}")
    return True


def _say_added(
    options: Options, path: Path, new: "NewFeed", discovery: "Discovery | None", *, is_heard: bool, dry_run: bool
) -> None:
    from monitor.alerting.escape import clean
    from monitor.cli import feed_show

    place = feed_show.shown_url(new.url) if new.url else clean(new.folder or "")
    parsed = discovery.trial.feed if discovery else None
    if options.json:
        url = feed_show.without_user(new.url) if new.url else None
        told: dict[str, object] = {"type": "added", "name": new.name, "url": url, "folder": new.folder}
        told |= {"outlet": new.outlet, "file": str(path), "reloaded": is_heard, "dry_run": dry_run}
        if discovery and parsed:
            search = feed_show.discovery_json(new.url or "", discovery)
            told |= {key: search[key] for key in ("origin", "others", "failed")} | feed_show.found_json(parsed)
        feed_show.say(told)
    elif not options.quiet:
        if discovery and discovery.found and parsed:
            click.echo(f"found {feed_show.described(discovery.found)}: {feed_show.found_words(parsed)}")
        for name, value in feed_show.named_rows(discovery) if discovery else ():
            click.echo(f"  {name}: {value}")
        click.echo(f"{'would add' if dry_run else 'added'} {clean(new.name)}, {place}, to {path}{_heard(is_heard)}")


def _from_opml(config: "Config", file: Path) -> "tuple[list[NewFeed], list[str]]":
    """Return the feeds of an OPML file that can be added, and a sentence for each other one. Raises SourceError."""
    from monitor.config.edit import NewFeed
    from monitor.config.feeds import MAX_OPML_BYTES, Seen, unique_feeds
    from monitor.config.urls import place_of, url_fault
    from monitor.sources.folders import read_plain
    from monitor.sources.opml import read_opml

    try:
        listed = read_opml(read_plain(file, MAX_OPML_BYTES + 1))
    except OSError as error:
        raise SourceError(f"{file} cannot be read: {(error.strerror or 'unknown error').lower()}") from error
    except SourceError as error:
        raise SourceError(f"{file}: {error}") from error
    followed = {place_of(feed.url): feed.name for feed in config.feeds if feed.url is not None}
    known = {feed.url: followed.get(place_of(feed.url)) for feed in listed if not url_fault(feed.url)}
    skipped = [
        f"{feed.name!r} is skipped: it is followed already, as {known[feed.url]!r}"
        for feed in listed
        if known.get(feed.url)
    ]
    seen = Seen(names=dict.fromkeys((feed.name for feed in config.feeds), 0))
    usable, passed_over = unique_feeds(((feed.name, feed.url) for feed in listed if not known.get(feed.url)), seen)
    outlets = {feed.url: feed.outlet for feed in listed}
    return [NewFeed(name=name, url=url, outlet=outlets[url]) for name, url in usable], skipped + passed_over


def _write(file: Path, written: bytes, *, force: bool) -> None:
    """Write a file that is not there yet, or, by force, one that is, in one step."""
    try:
        with file.open("wb" if force else "xb") as made:
            made.write(written)
    except FileExistsError as error:
        raise MonitorError(f"{file} exists already and stays as it is; --force overwrites it") from error
    except OSError as error:
        raise MonitorError(f"{file} cannot be written: {(error.strerror or 'unknown error').lower()}") from error


def _heard(is_heard: bool) -> str:
    return "; the running daemon follows" if is_heard else ""


def _several(count: int) -> str:
    return f"{count} {'feed' if count == 1 else 'feeds'}"

"""`monitor init`: write a commented configuration to start from.

In:  a path, and an OPML file if the user has one.
Out: a new file that passes `monitor check` as it stands; an existing one is never touched.
Not here: what stands in it (config/template.py).
"""

import json
from pathlib import Path

import click

from monitor.cli.exits import DONE, FAILED
from monitor.cli.options import HERE, Options, pass_options
from monitor.errors import SourceError


@click.command("init")
@click.option("--opml", type=click.Path(path_type=Path), metavar="FILE", help="Take over the feeds of an OPML file.")
@pass_options
def command(options: Options, opml: Path | None) -> int:
    """Write a commented monitor.yaml to start from (or the file that -c names); never overwrite one."""
    from monitor.config.template import template

    path = options.config or HERE
    feeds = _read_feeds(opml) if opml else []
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(template(feeds))
    except FileExistsError:
        click.echo(f"{path} exists already and stays as it is; name another file with -c", err=True)
        return FAILED
    except OSError as error:
        click.echo(f"{path} cannot be written: {(error.strerror or 'unknown error').lower()}", err=True)
        return FAILED
    if options.json:
        click.echo(json.dumps({"type": "written", "file": str(path), "feeds": len(feeds)}, ensure_ascii=False))
    elif not options.quiet:
        taken = f" with {len(feeds)} feeds from {opml}" if opml else ""
        click.echo(f"wrote {path}{taken}; edit it, then: monitor check -c {path}")
    return DONE


def _read_feeds(opml: Path) -> list[tuple[str, str]]:
    """Return name and url of each usable feed, every name and url once. Raises SourceError: it cannot be read."""
    from monitor.config.feeds import unique_feeds
    from monitor.sources.opml import read_opml

    try:
        listed = read_opml(opml.read_bytes())
    except OSError as error:
        raise SourceError(f"{opml} cannot be read: {(error.strerror or 'unknown error').lower()}") from error
    except SourceError as error:
        raise SourceError(f"{opml}: {error}") from error
    feeds, passed_over = unique_feeds((feed.name, feed.url) for feed in listed)
    for sentence in passed_over:
        click.echo(f"{opml}: {sentence}", err=True)
    if not feeds:
        raise SourceError(f"{opml}: it lists no feed that can be used")
    return feeds

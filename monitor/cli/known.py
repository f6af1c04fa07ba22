"""`monitor known`: what the reader says is known, in words of the reader's own.

In:  a statement, or standard input; ids, which may be shortened.
Out: statements that are known to a watch from then on, also beside a running daemon; a list of them.
Not here: what it does (pipeline/knowledge.py), files (baseline.py).
"""

import sys
from datetime import UTC, datetime

import click

from monitor.cli.beside import changed, named, reading
from monitor.cli.knowledge_show import refuse_unknown, show_removed, show_statements, show_told
from monitor.cli.options import Options, pass_options
from monitor.cli.setup import set_up
from monitor.config.config import Config
from monitor.errors import UsageError
from monitor.model.watch import KnownText, Told
from monitor.pipeline import knowledge
from monitor.pipeline.knowledge import Added, Removed
from monitor.store.knowledge import listed
from monitor.text.language import UNKNOWN, code_of, detect


@click.group("known")
def command() -> None:
    """Say what you know: it is no news from then on."""


@command.command("add")
@click.argument("text")
@click.option("--watch", metavar="NAME", help="Only this watch knows it; else all of them do.")
@click.option("--language", metavar="CODE", help="Its language, such as en; else it is recognised.")
@pass_options
def add(options: Options, text: str, watch: str | None, language: str | None) -> None:
    """Take TEXT for known from now on; "-" reads it from standard input."""
    set_up(options)
    config = options.load()
    refuse_unknown(config, watch)
    told = (_standard_input() if text == "-" else text).strip()
    known = KnownText(
        source="", title="", text=told, language=language_of(config, told, language), date=None, outlet=""
    )  # fmt: skip
    knowledge.refuse_too_much(Told.STATEMENT, [known])
    asked = {"do": "knowledge_add", "kind": "statement", "watch": watch, "texts": [knowledge.plain(known)]}
    answer = changed(
        config.state,
        asked,
        lambda store: knowledge.add(store, Told.STATEMENT, [known], watch=watch, now=datetime.now(UTC)),
        may_make=True,
    )
    show_told(options, Added(**answer), known, watch)


@command.command("list")
@pass_options
def list_(options: Options) -> None:
    """List what you said is known, oldest first."""
    set_up(options)
    with reading(options.load().state) as tx:
        show_statements(options, listed(tx, Told.STATEMENT))


@command.command("rm")
@click.argument("id_", metavar="ID")
@pass_options
def rm(options: Options, id_: str) -> None:
    """Take a statement for known no longer."""
    ref = named(id_)
    set_up(options)
    asked = {"do": "knowledge_rm", "kind": "statement", "id": ref}
    answer = changed(options.load().state, asked, lambda store: knowledge.remove(store, Told.STATEMENT, ref))
    show_removed(options, Removed(**answer))


def language_of(config: Config, text: str, named_language: str | None) -> str:
    """Return the language of a statement: as it was named, else as it looks among those that the feeds bring."""
    if named_language is not None:
        if (code := code_of(named_language)) is None:
            raise UsageError(f"{named_language!r} is no language; name it as in `--language en`")
        return code
    brought = {language for feed in config.feeds for language in feed.languages}
    if not all(feed.languages for feed in config.feeds):
        brought = set()
    found = next(iter(brought)) if len(brought) == 1 else detect(text, brought)
    if found == UNKNOWN:
        raise UsageError("that is too short to see its language; name it, as in `--language en`")
    return found


def _standard_input() -> str:
    """Return what is on standard input, and no more of it than could be taken."""
    given = sys.stdin.buffer.read(4 * knowledge.MOST_CHARS + 1)  # a character has four bytes at most
    try:
        return given.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise UsageError("standard input is no text in UTF-8, or too much of it") from exc

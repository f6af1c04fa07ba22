"""`monitor baseline`: the texts that a watch takes for known.

In:  the configuration, files that `--baseline` reads; ids, which may be shortened.
Out: what each configured path gives, what was added; files that are known from then on, also beside a running daemon.
Not here: what it does (pipeline/knowledge.py), statements in words (known.py).
"""

import asyncio
import os
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime

import click

from monitor.alerting.escape import clean
from monitor.cli.beside import changed, named, reading
from monitor.cli.exits import DONE, FAILED
from monitor.cli.knowledge_show import Path, refuse_unknown, show_baseline, show_files, show_removed
from monitor.cli.options import Options, pass_options
from monitor.cli.setup import set_up
from monitor.config.config import Config
from monitor.model.watch import KeptText, KnownText, Told
from monitor.pipeline import knowledge
from monitor.pipeline.baseline import read_baseline, sentence_count
from monitor.pipeline.knowledge import Added, Removed
from monitor.sources.source import FileSource
from monitor.store.engine import is_stored
from monitor.store.knowledge import listed


@click.group("baseline")
def command() -> None:
    """List, add and remove the texts that a watch takes for known."""


@command.command("add")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--watch", metavar="NAME", help="Only this watch knows them; else all of them do.")
@pass_options
def add(options: Options, files: Sequence[str], watch: str | None) -> int:
    """Take the texts of files and folders for known from now on.

    They are copied: what becomes of the files later changes nothing.
    """
    set_up(options)
    config = options.load()
    refuse_unknown(config, watch)
    found, problems = asyncio.run(_read(files))
    texts = [_from_config(config, each) for each in found]
    knowledge.refuse_too_much(Told.FILE, texts)
    if texts:
        asked = {
            "do": "knowledge_add", "kind": "file", "watch": watch, "texts": [knowledge.plain(each) for each in texts],
        }  # fmt: skip
        answer = changed(
            config.state,
            asked,
            lambda store: knowledge.add(store, Told.FILE, texts, watch=watch, now=datetime.now(UTC)),
            may_make=True,
        )
        show_files(options, Added(**answer), texts, watch)
    elif not problems:
        problems = ("there is no text in these files",)
    return _told(problems)


@command.command("list")
@pass_options
def list_(options: Options) -> int:
    """List what the configuration names, with what it gives, and what was added."""
    set_up(options)
    config = options.load()
    paths, problems = asyncio.run(_configured(config))
    added: tuple[KeptText, ...] = ()
    if is_stored(config.state):
        with reading(config.state) as tx:
            added = listed(tx, Told.FILE)
    show_baseline(options, paths, added)
    return _told(problems)


@command.command("rm")
@click.argument("id_", metavar="ID")
@pass_options
def rm(options: Options, id_: str) -> None:
    """Take a text that was added for known no longer."""
    ref = named(id_)
    set_up(options)
    asked = {"do": "knowledge_rm", "kind": "file", "id": ref}
    answer = changed(options.load().state, asked, lambda store: knowledge.remove(store, Told.FILE, ref))
    show_removed(options, Removed(**answer))


async def _read(files: Sequence[str]) -> tuple[tuple[KnownText, ...], tuple[str, ...]]:
    async with AsyncExitStack() as stack:
        return await read_baseline(files, FileSource(stack))


async def _configured(config: Config) -> tuple[list[Path], tuple[str, ...]]:
    """Return what each path gives that a watch of the configuration names, and what could not be read."""
    found: list[Path] = []
    problems: dict[str, None] = {}
    async with AsyncExitStack() as stack:
        source = FileSource(stack)
        for watch in config.watches:
            for path in watch.baseline:
                texts, faults = await read_baseline([path], source)
                problems |= dict.fromkeys(faults)
                count = sentence_count(texts)
                found.append(Path(watch=watch.name, path=_shown(config, path), texts=len(texts), sentences=count))
    return found, tuple(problems)


def _from_config(config: Config, text: KnownText) -> KnownText:
    return replace(text, source=_shown(config, text.source))


def _shown(config: Config, path: str) -> str:
    """Return a path as the configuration names it: from where that lies."""
    assert config.path is not None  # load() reads a file
    return os.path.relpath(path, config.path.absolute().parent)


def _told(problems: Sequence[str]) -> int:
    for problem in problems:
        click.echo(clean(problem), err=True)
    return FAILED if problems else DONE

"""`monitor extract`: what the reader sees of a page.

In:  page files.
Out: title, text and metadata of each, and which reader it was; exit 1 where one could not be read.
Not here: the extraction (sources/extract.py).
"""

import asyncio
import json
from collections.abc import Sequence
from typing import assert_never

import click

from monitor.alerting.escape import clean
from monitor.cli.exits import DONE, FAILED
from monitor.cli.options import Options, pass_options
from monitor.cli.setup import set_up
from monitor.errors import SourceError
from monitor.model.article import Barrier, Page
from monitor.sources.folders import read_plain
from monitor.sources.limits import MAX_PAGE_BYTES
from monitor.sources.read_page import ReadPage
from monitor.sources.web import PageFiles

_ENOUGH = MAX_PAGE_BYTES + 1  # one more than is read shows that a page is too large


@click.command("extract")
@click.argument("files", nargs=-1, required=True, metavar="FILE.html…")
@click.option("--url", metavar="URL", help="Where the page was had.")
@pass_options
def command(options: Options, files: Sequence[str], url: str | None) -> int:
    """Show what the reader sees of pages."""
    set_up(options)
    return asyncio.run(_extract(options, files, url))


async def _extract(options: Options, files: Sequence[str], url: str | None) -> int:
    pages, code = PageFiles(), DONE
    try:
        for file in files:
            try:
                found = await pages.page_of(read_plain(file, _ENOUGH), url)
            except (OSError, SourceError) as exc:
                reason = exc.strerror if isinstance(exc, OSError) else str(exc)
                click.echo(f"{file}: {reason}", err=True)
                code = FAILED
                continue
            shown = json.dumps(_as_json(file, found), ensure_ascii=False) if options.json else _as_text(file, found)
            click.echo(shown)
    finally:
        await pages.close()
    return code


def _as_json(file: str, found: ReadPage) -> dict[str, object]:
    page = found.page
    return {
        "file": file,
        "title": page.title,
        "text": page.text,
        "author": page.author,
        "date": page.date,
        "language": page.language,
        "site": page.site,
        "canonical": page.canonical,
        "wall": page.is_walled,
        "barrier": page.barrier,
        "degraded": page.is_degraded,
        "problem": found.problem,
    }


def _as_text(file: str, found: ReadPage) -> str:
    page = found.page
    facts = [page.site, page.author, page.date, page.language, page.canonical]
    paragraphs = [clean(line) for line in page.text.splitlines()] or ["(no article was found)"]
    head = [file, page.title, " · ".join(fact for fact in facts if fact), _reader(found), _warning(page)]
    return "\n".join([*(clean(line) for line in head if line), "", *paragraphs, ""])


def _reader(found: ReadPage) -> str:
    if not found.page.is_degraded:
        return "read by the page reader"
    return found.problem or "a simpler reader had to do: the page reader saw next to nothing"


def _warning(page: Page) -> str:
    match page.barrier:
        case None:
            return ""
        case Barrier.PAY_WALL | Barrier.CONSENT_WALL:
            return f"behind a {page.barrier}"
        case Barrier.ERROR_PAGE:
            return f"this is an {page.barrier}"
        case _:
            assert_never(page.barrier)

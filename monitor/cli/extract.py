"""`monitor extract`: what the reader sees of a page.

In:  page files.
Out: title, text and metadata of each; exit 1 where one could not be read.
Not here: the extraction (sources/extract.py).
"""

import asyncio
import json
from collections.abc import Sequence

import click

from monitor.alerting.escape import clean
from monitor.cli.exits import DONE, FAILED
from monitor.cli.options import Options, pass_options
from monitor.cli.setup import set_up
from monitor.errors import SourceError
from monitor.model.article import Page
from monitor.sources.folders import read_plain
from monitor.sources.limits import MAX_PAGE_BYTES
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
                page = await pages.page_of(read_plain(file, _ENOUGH), url)
            except (OSError, SourceError) as exc:
                reason = exc.strerror if isinstance(exc, OSError) else str(exc)
                click.echo(f"{file}: {reason}", err=True)
                code = FAILED
                continue
            click.echo(json.dumps(_as_json(file, page), ensure_ascii=False) if options.json else _as_text(file, page))
    finally:
        await pages.close()
    return code


def _as_json(file: str, page: Page) -> dict[str, object]:
    return {
        "file": file,
        "title": page.title,
        "text": page.text,
        "author": page.author,
        "date": page.date,
        "language": page.language,
        "site": page.site,
        "wall": page.is_walled,
        "degraded": page.is_degraded,
    }


def _as_text(file: str, page: Page) -> str:
    facts = [page.site, page.author, page.date, page.language, f"behind a {page.barrier}" if page.barrier else None]
    paragraphs = [clean(line) for line in page.text.splitlines()] or ["(no article was found)"]
    return "\n".join([clean(file), clean(page.title), " · ".join(clean(f) for f in facts if f), "", *paragraphs, ""])

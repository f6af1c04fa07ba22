"""`monitor diff`: what texts say that the baseline does not, sentence by sentence.

In:  files, a baseline; each file stands on its own.
Out: every sentence beside the known one nearest to it, a line for each document; JSON lines, or a page with --html.
Not here: the scores (analysis/novelty.py), what a terminal shows (diff_face.py), the page (diff_page.py).
"""

import asyncio
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.exits import DONE, FAILED
from monitor.cli.options import Options, pass_options
from monitor.cli.put_file import FileError, put_file, why_not
from monitor.cli.setup import set_up
from monitor.model.judgement import Novelty
from monitor.pipeline.compare import Compared, compare

if TYPE_CHECKING:
    from monitor.cli.diff_face import DiffFace


@click.command("diff")
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option("--baseline", multiple=True, metavar="PATH", help="What is already known; may be given several times.")
@click.option("--all", "shows_all", is_flag=True, help="Show known sentences and noise, too.")
@click.option("--html", metavar="FILE", help="Write a page to look at or print, and only a line a text here.")
@pass_options
def command(options: Options, files: Sequence[str], baseline: Sequence[str], shows_all: bool, html: str | None) -> int:
    """Show what each text says that the baseline does not."""
    set_up(options)
    page = Path(html) if html is not None else None
    if page is not None and (reason := why_not(page)):  # said before the work, not after it
        raise FileError(f"{page}: {reason}")
    return asyncio.run(_show(options, files, baseline, shows_all=shows_all, page=page))


async def _show(
    options: Options, files: Sequence[str], baseline: Sequence[str], *, shows_all: bool, page: Path | None
) -> int:
    found: list[Compared] = []
    face = None if options.json else _face(options, shows_all=shows_all, is_brief=page is not None)
    async with AsyncExitStack() as stack:
        comparison = await compare(files, baseline, stack)
        with _progress(options, comparison.count, is_shown=page is not None or not sys.stdout.isatty()) as advance:
            async for each in comparison.texts:
                if page is not None:
                    found.append(each)
                if face is not None:
                    face.text(each)
                else:
                    click.echo("\n".join(json_lines(each)))
                advance()
    if face is not None:
        face.end()
    problems = [*comparison.problems, *_written(page, found, shows_all=shows_all)]
    for problem in problems:
        click.echo(problem, err=True)
    return FAILED if problems else DONE


def json_lines(compared: Compared) -> list[str]:
    """Return the sentence objects of CONTRACT.md, and the document's."""
    sentences = [_sentence(compared.file, each) for each in compared.sentences]
    label = "new" if compared.is_new else "known"
    document = {"type": "document", "file": compared.file, "novelty": compared.novelty, "label": label}
    return [json.dumps(each, ensure_ascii=False) for each in [*sentences, document]]


def _sentence(file: str, novelty: Novelty) -> dict[str, object]:
    nearest = novelty.nearest
    return {
        "type": "sentence",
        "file": file,
        "text": novelty.sentence,
        "label": str(novelty.label),
        "score": novelty.score,
        "unsure": novelty.is_unsure,
        "evidence": {"text": nearest.text, "source": nearest.source} if nearest else None,
    }


def _face(options: Options, *, shows_all: bool, is_brief: bool) -> "DiffFace":
    from monitor.cli.diff_face import make_face  # late: rich costs 50 ms that `--json` need not pay

    return make_face(sys.stdout, color=not options.no_color, shows_all=shows_all, is_brief=is_brief)


@contextmanager
def _progress(options: Options, count: int, *, is_shown: bool) -> Iterator[Callable[[], None]]:
    """Show on stderr how far the work is, where that is a terminal and the output does not say so itself."""
    if options.quiet or count < 2 or not is_shown or not sys.stderr.isatty():
        yield lambda: None
        return
    with click.progressbar(length=count, label="comparing", file=sys.stderr, show_pos=True) as bar:
        yield lambda: bar.update(1)


def _written(page: Path | None, found: Sequence[Compared], *, shows_all: bool) -> list[str]:
    """Write the page, if one is asked for; return what kept it from being written."""
    if page is None:
        return []
    from monitor.cli.diff_page import as_page

    try:
        put_file(page, as_page(found, shows_all=shows_all).encode())
    except FileError as exc:
        return [str(exc)]
    return []

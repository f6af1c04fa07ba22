"""`monitor diff`: what texts say that the baseline does not, sentence by sentence.

In:  files, a baseline; each file stands on its own.
Out: every sentence with its label, score and evidence, and a line for each document.
Not here: the scores (analysis/novelty.py).
"""

import asyncio
import json
from collections.abc import Sequence
from contextlib import AsyncExitStack

import click

from monitor.alerting.escape import clean
from monitor.cli.exits import DONE, FAILED
from monitor.cli.options import Options, pass_options
from monitor.cli.setup import set_up
from monitor.model.judgement import Label, Novelty
from monitor.pipeline.compare import Compared, compare


@click.command("diff")
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option("--baseline", multiple=True, metavar="PATH", help="What is already known; may be given several times.")
@pass_options
def command(options: Options, files: Sequence[str], baseline: Sequence[str]) -> int:
    """Show what each text says that the baseline does not."""
    set_up(options)
    found, problems = asyncio.run(_compare(files, baseline))
    for each in found:
        for line in _json_lines(each) if options.json else _text_lines(each):
            click.echo(line)
    for problem in problems:
        click.echo(problem, err=True)
    return FAILED if problems else DONE


async def _compare(files: Sequence[str], baseline: Sequence[str]) -> tuple[tuple[Compared, ...], tuple[str, ...]]:
    async with AsyncExitStack() as stack:
        return await compare(files, baseline, stack)


def _json_lines(compared: Compared) -> list[str]:
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
        "evidence": {"text": nearest.text, "source": nearest.source} if nearest else None,
    }


SIGNS = {Label.NEW: "+", Label.UPDATE: "~", Label.KNOWN: "=", Label.NOISE: " "}
COLORS = {Label.NEW: "green", Label.UPDATE: "magenta", Label.KNOWN: "bright_black", Label.NOISE: "bright_black"}


def _text_lines(compared: Compared) -> list[str]:
    lines = [click.style(clean(compared.file), bold=True)]
    for each in compared.sentences:
        lines.append(
            click.style(f"{SIGNS[each.label]} {each.score:.2f}  {clean(each.sentence)}", fg=COLORS[each.label])
        )
        if each.label is Label.KNOWN and each.nearest:
            lines.append(click.style(f"          {clean(each.nearest.text)} ({clean(each.nearest.source)})", dim=True))
        lines += [f"          {clean(c.what)}: {clean(c.was)} → {clean(c.now)}" for c in each.changes]
    verdict = "new" if compared.is_new else "known"
    return [*lines, f"novelty {compared.novelty:.2f}, threshold {compared.threshold:.2f}: {verdict}", ""]

"""`monitor rules`: queries against texts.

In:  a query, files as they lie.
Out: whether each file matches, and where, in characters of the whole file.
Not here: matching (analysis/match.py).
"""

import json
from collections.abc import Sequence

import click

from monitor.alerting.escape import clean
from monitor.analysis.match import Matcher, MatchText
from monitor.analysis.query import parse
from monitor.cli.exits import DONE, FAILED
from monitor.cli.options import Options, pass_options
from monitor.cli.setup import set_up
from monitor.errors import ParseError, QueryError
from monitor.model.watch import Mention
from monitor.sources.folders import read_plain

MOST_BYTES = 5 * 1024 * 1024


@click.group("rules")
def command() -> None:
    """Try queries against texts."""


@command.command("try")
@click.argument("query")
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@pass_options
def try_(options: Options, query: str, files: Sequence[str]) -> int:
    """Hold a query against files; the configuration's terms can be used in it."""
    set_up(options)
    terms = options.load().terms if options.find_config() else {}
    try:
        matcher = Matcher({"query": parse(query, terms=terms)})
    except QueryError as exc:
        click.echo(f"{exc}\n  {exc.query}\n  {' ' * (exc.column - 1)}^", err=True)
        raise SystemExit(2) from exc
    code = DONE
    for file in files:
        try:
            text = _text(file)
        except (OSError, ParseError, ValueError) as exc:
            click.echo(f"{file}: {_why(exc)}", err=True)
            code = FAILED
            continue
        _show(options, file, text, matcher.match(_whole(text)).get("query"))
    return code


def _text(file: str) -> str:
    data = read_plain(file, MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ValueError(f"is larger than {MOST_BYTES // 1024**2} MiB")
    return data.decode("utf-8")


def _why(exc: OSError | ParseError | ValueError) -> str:
    match exc:
        case OSError():
            return exc.strerror or str(exc)
        case UnicodeDecodeError():
            return f"is not UTF-8 text (byte {exc.start})"
        case _:
            return str(exc)


def _whole(text: str) -> MatchText:
    """Return the file as a text whose first line is its title."""
    lead = len(text) - len(text.lstrip())
    line = text.find("\n", lead)
    return MatchText(text=text, title_end=len(text) if line < 0 else line)


def _show(options: Options, file: str, text: str, mentions: tuple[Mention, ...] | None) -> None:
    spans = [[mention.span[0], mention.span[1], mention.text] for mention in mentions or ()]
    if options.json:
        click.echo(json.dumps({"file": file, "matched": mentions is not None, "spans": spans}, ensure_ascii=False))
        return
    click.echo(f"{clean(file)}: {'matches' if mentions is not None else 'no match'}")
    for mention in mentions or ():
        start, end = mention.span
        line = text.count("\n", 0, start) + 1
        around = f"{text[max(0, start - 40) : start]}[{text[start:end]}]{text[end : end + 40]}"
        click.echo(f"  line {line}: {clean(around)}")

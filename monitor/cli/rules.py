"""`monitor rules`: queries against texts.

In:  a query, files as they lie.
Out: whether each file matches, where, in characters of the whole file, and what does not count.
Not here: matching (analysis/match.py), tests of watches (rules_test.py), lint (rules_lint.py).
"""

import json
from collections.abc import Sequence

import click

from monitor.alerting.escape import clean
from monitor.analysis.match import Matcher, MatchText
from monitor.analysis.query import parse
from monitor.cli.exits import DONE, FAILED
from monitor.cli.options import Options, pass_options
from monitor.cli.rules_lint import lint
from monitor.cli.rules_test import test
from monitor.cli.setup import set_up
from monitor.errors import ParseError, QueryError
from monitor.model.watch import Aside, Mention
from monitor.sources.folders import read_plain
from monitor.text.disguise import DISGUISED

MOST_BYTES = 5 * 1024 * 1024


@click.group("rules")
def command() -> None:
    """Try queries against texts, test the watches, look for what they cannot mean."""


for each in (test, lint):
    command.add_command(each)


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
        found = matcher.match(_whole(text))
        mentions, asides = found.met.get("query"), found.aside.get("query", ())
        click.echo(_as_json(file, mentions, asides) if options.json else _as_text(file, text, mentions, asides))
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


def _as_json(file: str, mentions: tuple[Mention, ...] | None, asides: tuple[Aside, ...]) -> str:
    found = mentions or ()
    told = {
        "file": file,
        "matched": mentions is not None,
        "spans": [[*each.span, each.text] for each in found],
        "disguised": [[*each.span, each.text] for each in found if each.is_disguised],
        "aside": [[*each.span, each.text, each.why] for each in asides],
    }
    return json.dumps(told, ensure_ascii=False)


def _as_text(file: str, text: str, mentions: tuple[Mention, ...] | None, asides: tuple[Aside, ...]) -> str:
    lines = [f"{clean(file)}: {'matches' if mentions is not None else 'no match'}"]
    for mention in mentions or ():
        notes = [f"counts: {mention.because}"] if mention.because else []
        notes += [DISGUISED] if mention.is_disguised else []
        lines.append(_line(text, mention, "; ".join(notes)))
    return "\n".join([*lines, *(_line(text, aside, f"does not count: {aside.why}") for aside in asides)])


def _line(text: str, place: Mention | Aside, note: str) -> str:
    """Return a place with the text around it, and what is to be said of it."""
    start, end = place.span
    line = text.count("\n", 0, start) + 1
    around = f"{text[max(0, start - 40) : start]}[{text[start:end]}]{text[end : end + 40]}"
    return f"  line {line}: {clean(around)}{f' — {clean(note)}' if note else ''}"

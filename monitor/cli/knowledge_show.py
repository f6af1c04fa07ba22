"""What `monitor known` and `monitor baseline` show.

In:  what was added, listed and taken away.
Out: stdout: tables and lines for people, or one JSON object a line.
Not here: the commands (known.py, baseline.py).
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC
from typing import Final

import click

from monitor.alerting.escape import clean
from monitor.alerting.phrases import shortened
from monitor.cli.options import Options
from monitor.cli.tables import print_table
from monitor.config.config import Config
from monitor.errors import UsageError
from monitor.model.watch import KeptText, KnownText
from monitor.pipeline.knowledge import Added, Removed

SHOWN: Final = 100  # characters of a text in a table or a sentence; --json shows all


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """What a path gives that a watch names in the configuration."""

    watch: str
    path: str
    texts: int
    sentences: int  # that are no noise


def refuse_unknown(config: Config, watch: str | None) -> None:
    """Raise UsageError for a watch that the configuration does not have."""
    if watch is not None and watch not in {each.name for each in config.watches}:
        raise UsageError(f"there is no watch named {watch!r}")


def show_told(options: Options, added: Added, known: KnownText, watch: str | None) -> None:
    """Say that a statement is known."""
    row = {"watch": watch, "language": known.language, "text": known.text}
    if options.json:
        _say({"type": "added", "id": added.ids[0], "new": added.is_new[0], **row, "sentences": added.sentences[0]})
    elif not options.quiet:
        verb = "known" if added.is_new[0] else "known already"
        count = f"{_several(added.sentences[0], 'sentence')}, {known.language}"
        click.echo(f"{verb} to {_whom(watch)} as {added.ids[0]} ({count}): {_head(known.text)}")


def show_files(options: Options, added: Added, texts: Sequence[KnownText], watch: str | None) -> None:
    """Say which texts are known."""
    rows = list(zip(added.ids, added.is_new, added.sentences, texts, strict=True))
    if options.json:
        for id_, is_new, count, text in rows:
            row = {"watch": watch, "source": text.source, "title": text.title, "language": text.language}
            _say({"type": "added", "id": id_, "new": is_new, **row, "sentences": count})
    elif not options.quiet:
        for id_, is_new, count, text in rows:
            verb = "known" if is_new else "known already"
            head = _head(text.title or text.source)
            click.echo(f"{verb} to {_whom(watch)} as {id_} ({_several(count, 'sentence')}, {text.language}): {head}")


def show_statements(options: Options, found: Sequence[KeptText]) -> None:
    """Show statements."""
    if options.json:
        for each in found:
            _say({"type": "known", **_as_json(each), "text": each.known.text})
    elif found:
        rows = [(*_cells(each), _head(each.known.text)) for each in found]
        print_table(options, ("ID", "WATCH", "LANGUAGE", "SENTENCES", "SINCE", "TEXT"), rows)
    else:
        click.echo("nothing was said to be known")


def show_baseline(options: Options, paths: Sequence[Path], added: Sequence[KeptText]) -> None:
    """Show what the configuration names, then what was added."""
    if options.json:
        for path in paths:
            _say({"type": "path", **asdict(path)})
        for each in added:
            _say({"type": "known", **_as_json(each), "source": each.known.source, "title": each.known.title})
        return
    if paths:
        rows = [(clean(each.watch), str(each.texts), str(each.sentences), clean(each.path)) for each in paths]
        print_table(options, ("WATCH", "TEXTS", "SENTENCES", "CONFIGURED PATH"), rows)
    if added:
        click.echo("\n" if paths else "", nl=False)
        files = [(*_cells(each), clean(each.known.source), _head(each.known.title)) for each in added]
        print_table(options, ("ID", "WATCH", "LANGUAGE", "SENTENCES", "SINCE", "ADDED FILE", "TITLE"), files)
    if not paths and not added:
        click.echo("no baseline")


def show_removed(options: Options, gone: Removed) -> None:
    """Say what is known no longer."""
    if options.json:
        _say({"type": "removed", **asdict(gone)})
    elif not options.quiet:
        click.echo(f"removed {gone.id} from what {_whom(gone.watch)} knows: {_head(gone.text)}")


def _as_json(kept: KeptText) -> dict[str, object]:
    return {
        "id": kept.id,
        "watch": kept.watch,
        "language": kept.known.language,
        "sentences": kept.sentences,
        "added": kept.added.isoformat(),
    }


def _cells(kept: KeptText) -> tuple[str, ...]:
    since = f"{kept.added.astimezone(UTC):%Y-%m-%d %H:%M}"
    return kept.id, clean(kept.watch or "(all)"), kept.known.language, str(kept.sentences), since


def _whom(watch: str | None) -> str:
    return f"watch {clean(watch)}" if watch else "every watch"


def _head(text: str) -> str:
    return shortened(clean(text), SHOWN)


def _several(count: int, one: str) -> str:
    return f"{count} {one if count == 1 else one + 's'}"


def _say(fact: dict[str, object]) -> None:
    click.echo(json.dumps(fact, ensure_ascii=False))

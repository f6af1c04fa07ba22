"""What `monitor story` shows: stories in short, one in full, what a change made of them.

In:  what the store knows of stories.
Out: stdout: lines for people, or one JSON object a line.
Not here: the commands (story.py).
"""

import json
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Final

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from monitor.alerting.escape import clean, safe_link
from monitor.alerting.phrases import OUTLETS_MAX
from monitor.cli.options import Options
from monitor.model.judgement import Alert, Copy
from monitor.pipeline.shelf import Merged, Split
from monitor.store.story_views import Arrival, Detail, Overview

NARROW: Final = 40  # columns; on fewer, lines break wherever the terminal breaks them
MARGIN: Final = len("2024-05-02 12:00")
_COPIES: Final = {
    Copy.SAME_URL: "the same page as",
    Copy.SAME_TEXT: "the same text as",
    Copy.NEAR_COPY: "a copy of",
    Copy.PART_OF: "part of",
}

Block = tuple[str, Sequence[tuple[str, str]]]  # what stands in the margin; lines as (style, text)


def show_list(options: Options, found: Sequence[Overview]) -> None:
    """Show stories in short."""
    if options.json:
        for each in found:
            _say(_as_json(each))
    elif found:
        _print(options, map(_in_short, found))
    else:
        click.echo("no stories")


def show_story(options: Options, detail: Detail) -> None:
    """Show everything known of one story."""
    if options.json:
        _say(_in_full(detail))
    else:
        _print(options, [_head(detail), *map(_arrival, detail.timeline)])


def show_merged(options: Options, done: Merged) -> None:
    """Say that two stories are one."""
    if options.json:
        _say({"type": "merged", **asdict(done)})
    elif not options.quiet:
        click.echo(f"merged {done.other} into {done.story}: {_titled(done.title, done.articles)}")


def show_split(options: Options, done: Split) -> None:
    """Say that some articles have a story of their own."""
    if options.json:
        _say({"type": "split", **asdict(done)})
    elif not options.quiet:
        copies = f", {_several(done.copies, 'copy', 'copies')} among them" if done.copies else ""
        click.echo(f"made {done.new}: {_titled(done.new_title, done.moved)}{copies}")
        click.echo(f"kept {done.story}: {_titled(done.title, done.articles)}")


def _titled(title: str, articles: int) -> str:
    return f"“{clean(title) or '(without a title)'}”, {_several(articles, 'article')}"


def _in_short(story: Overview) -> Block:
    lines = [("bold", _title(story.title)), ("", _figures(story)), ("dim", _name(story))]
    return _time(story.updated), lines


def _head(detail: Detail) -> Block:
    story = detail.overview
    lines = [
        ("bold", _title(story.title)),
        ("dim", f"story {_name(story)}"),
        ("", _figures(story)),
        ("", _outlets(story.outlets)),
        ("dim", f"most telling words: {', '.join(clean(word) for word, _ in detail.words)}" if detail.words else ""),
    ]
    for id_, title in detail.merged:
        lines.append(("yellow" if id_ == detail.named else "", f"{id_}, “{_title(title)}”, was merged into this story"))
    return "", [line for line in lines if line[1]]


def _arrival(arrival: Arrival) -> Block:
    verdict = f"{arrival.outcome} ({arrival.reason}) · entry {arrival.entry}"
    if arrival.copy_of and arrival.copy_kind:
        verdict += f" · {_COPIES[arrival.copy_kind]} {arrival.copy_of}"
    lines = [("", _title(arrival.title)), ("dim", clean(arrival.outlet)), ("dim", verdict)]
    link = safe_link(arrival.url or "")
    if link:
        lines.append(("dim", link))
    if arrival.alert:
        lines.append(("yellow", f"alert {arrival.alert.id}, revision {arrival.alert.revision}"))
    return _time(arrival.first_seen), [line for line in lines if line[1]]


def _name(story: Overview) -> str:
    return f"{story.id} · watch {clean(story.watch)} · since {_time(story.created)} UTC"


def _figures(story: Overview) -> str:
    """Return how many report a story."""
    parts = [
        _several(story.articles, "article"),
        f"{story.independent} independent of {_several(len(story.outlets), 'outlet')}",
        _several(story.alerts, "alert"),
    ]
    return " · ".join(parts)


def _outlets(outlets: Sequence[str]) -> str:
    named = ", ".join(clean(each) for each in outlets[:OUTLETS_MAX])
    return f"{named} and {len(outlets) - OUTLETS_MAX} more" if len(outlets) > OUTLETS_MAX else named


def _title(title: str) -> str:
    return clean(title) or "(without a title)"


def _as_json(story: Overview) -> dict[str, object]:
    return {"type": "story", **asdict(story)}


def _in_full(detail: Detail) -> dict[str, object]:
    return _as_json(detail.overview) | {
        "named": detail.named,
        "merged": [{"id": id_, "title": title} for id_, title in detail.merged],
        "words": dict(detail.words),
        "timeline": [_arrival_json(each) for each in detail.timeline],
        "told": [_told_json(each.alert) for each in detail.timeline if each.alert],
    }


def _arrival_json(arrival: Arrival) -> dict[str, object]:
    return asdict(arrival) | {"alert": arrival.alert.id if arrival.alert else None}


def _told_json(alert: Alert) -> dict[str, object]:
    """Return an alert in short; `story` is the id that it was told under."""
    return {key: getattr(alert, key) for key in ("id", "story", "revision", "headline", "created")}


def _say(fact: dict[str, object]) -> None:
    click.echo(json.dumps(fact, ensure_ascii=False, default=lambda value: value.isoformat()))


def _print(options: Options, blocks: Iterable[Block]) -> None:
    """Print blocks beside their margin: folded to a terminal's width, and elsewhere no line is folded."""
    if not sys.stdout.isatty():
        for margin, lines in blocks:
            texts = [text for _, text in lines]
            sides = [margin, *[""] * (len(texts) - 1)]
            click.echo("\n".join(f"{side:{MARGIN}}  {text}" for side, text in zip(sides, texts, strict=True)) + "\n")
        return
    width = max(NARROW, shutil.get_terminal_size((100, 24)).columns)
    no_color = options.no_color or bool(os.environ.get("NO_COLOR"))
    console = Console(file=sys.stdout, width=width, no_color=no_color, highlight=False, markup=False, emoji=False)
    for margin, lines in blocks:
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(width=MARGIN, no_wrap=True, style="dim")
        grid.add_column(overflow="fold")
        grid.add_row(margin, Text("\n").join(Text(text, style=style) for style, text in lines))
        console.print(grid, "")


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"


def _several(count: int, one: str, many: str | None = None) -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"

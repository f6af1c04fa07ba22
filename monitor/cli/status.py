"""`monitor status`: how feeds, alerts and deliveries stand.

In:  the state, also beside a running daemon.
Out: counts, the health of every feed, and what the kernel keeps the workers from.
Not here: changing anything.
"""

import json
import os
import shutil
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from subprocess import SubprocessError
from typing import Final

import click
from rich.console import Console
from rich.table import Table

from monitor.alerting.escape import clean
from monitor.cli.options import Options, pass_options
from monitor.cli.setup import set_up
from monitor.config.config import Config
from monitor.model.feed_state import standing
from monitor.service.control import ControlError, ask
from monitor.sources import sandbox
from monitor.sources.sandbox import Level
from monitor.store import feed_views
from monitor.store.channel_views import ChannelStanding, standings
from monitor.store.engine import is_held, open_for_reading
from monitor.store.feed_views import FeedHealth
from monitor.store.views import Totals, totals

PATIENCE_S: Final = 3.0  # with a daemon that may be stuck, of which the rest of the answer says more


@click.command("status")
@pass_options
def command(options: Options) -> None:
    """Show how feeds, alerts and deliveries stand."""
    set_up(options)
    config = options.load()
    store = open_for_reading(config.state)
    try:
        with store.read() as tx:
            counted, health, channels = totals(tx), feed_views.health(tx), standings(tx)
    finally:
        store.close()
    running = is_held(config.state)
    level = _level(config.state, running=running)
    if options.json:
        told = _as_json(counted, health, running=running)
        told["lost"] = {name: each.lost for name, each in channels.items() if each.lost}
        told["only_channel"] = config.only_channel
        told["confinement"] = level and level.walls() | asdict(level)
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        _show(options, counted, health, level, _losses(config, channels), running=running)


def _level(state: Path, *, running: bool) -> Level | None:
    """Return what the daemon's workers reached, or would reach where none runs; None where nobody can tell."""
    with suppress(ControlError, OSError, SubprocessError, TypeError, ValueError):
        if not running:
            return sandbox.probe()
        answer = ask(state, {"do": "confinement"}, patience_s=PATIENCE_S) or {}
        return Level(**answer["level"]) if answer.get("level") else None
    return None


def _as_json(counted: Totals, health: tuple[FeedHealth, ...], *, running: bool) -> dict[str, object]:
    return {
        "type": "status",
        "running": running,
        "entries": counted.entries,
        "waiting": counted.waiting,
        "outcomes": counted.outcomes,
        "alerts": counted.alerts,
        "source_alerts": counted.source_alerts,
        "newest_alert": counted.newest_alert.isoformat() if counted.newest_alert else None,
        "deliveries": counted.deliveries,
        "feeds": [
            {
                "name": each.state.name,
                "state": standing(each.state),
                "polls": each.state.polls,
                "failures": each.state.health.failures,
                "error": each.state.health.error,
                "polled_at": each.state.polled_at.isoformat() if each.state.polled_at else None,
                "next_at": each.next_at.isoformat(),
            }
            for each in health
        ],
    }


def _losses(config: Config, channels: Mapping[str, ChannelStanding]) -> list[str]:
    """Return what channels lost for good and how it can be had, and whether nobody else tells that."""
    lost = {name: each for name, each in channels.items() if each.lost}
    lines = [
        f"LOST by {clean(name)}: {each.lost:,} ({clean(each.error or 'why is not known')})"
        for name, each in lost.items()
    ]
    if lines:
        lines.append("which ones: monitor alerts --state dead; to send them again: monitor resend --dead")
    if config.only_channel is not None:
        lines.append(f"{clean(config.only_channel)} is the only channel: what it loses is told here and nowhere else")
    return lines


def _show(
    options: Options,
    counted: Totals,
    health: tuple[FeedHealth, ...],
    level: Level | None,
    losses: list[str],
    *,
    running: bool,
) -> None:
    width = shutil.get_terminal_size((100, 24)).columns if sys.stdout.isatty() else 100
    no_color = options.no_color or bool(os.environ.get("NO_COLOR")) or not sys.stdout.isatty()
    console = Console(file=sys.stdout, width=width, no_color=no_color, highlight=False, markup=False)
    console.print("running" if running else "not running")
    console.print(f"{counted.entries} entries, {counted.waiting} waiting; {counted.alerts} alerts" + _newest(counted))
    if counted.source_alerts:
        console.print(f"{counted.source_alerts} alerts about sources")
    if counted.outcomes:
        console.print("decisions: " + ", ".join(f"{count} {name}" for name, count in counted.outcomes.items()))
    if counted.deliveries:
        console.print("deliveries: " + ", ".join(f"{count} {name}" for name, count in counted.deliveries.items()))
    for line in losses:
        console.print(line)
    console.print(_kept_from(level, running=running))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("feed", "state", "last poll", "next poll", "what is wrong"):
        table.add_column(heading, overflow="fold")
    for each in health:
        state = each.state
        wrong = clean(state.health.error or "")
        table.add_row(clean(state.name), standing(state), _time(state.polled_at), _time(each.next_at), wrong)
    console.print(table)


def _kept_from(level: Level | None, *, running: bool) -> str:
    """Return what the kernel keeps workers from, as a sentence."""
    if level is None:
        return "what keeps workers in is not known" + (" before one has run" if running else "")
    walls = level.walls()
    kept, open_ = ([name for name, holds in walls.items() if holds is wanted] for wanted in (True, False))
    means = [f"Landlock {level.landlock}"] * (level.landlock > 0) + ["seccomp"] * level.seccomp
    by = [f"from {_listed(kept)} by the kernel ({', '.join(means)})"] if kept else []
    by += [f"from {_listed(open_)} by Python alone"] if open_ else []
    return f"workers {'are' if running else 'would be'} kept {', '.join(by)}"


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _newest(counted: Totals) -> str:
    return f", the newest {_time(counted.newest_alert)}" if counted.newest_alert else ""


def _time(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if moment else "never"

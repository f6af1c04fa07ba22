"""`monitor status`: how feeds, alerts and deliveries stand.

In:  the state, also beside a running daemon.
Out: counts and the health of every feed.
Not here: changing anything.
"""

import json
import os
import shutil
import sys
from datetime import UTC, datetime

import click
from rich.console import Console
from rich.table import Table

from monitor.alerting.escape import clean
from monitor.cli.options import Options, pass_options
from monitor.cli.setup import set_up
from monitor.model.feed_state import standing
from monitor.store import feed_views
from monitor.store.engine import is_held, open_for_reading
from monitor.store.feed_views import FeedHealth
from monitor.store.views import Totals, totals


@click.command("status")
@pass_options
def command(options: Options) -> None:
    """Show how feeds, alerts and deliveries stand."""
    set_up(options)
    config = options.load()
    store = open_for_reading(config.state)
    try:
        with store.read() as tx:
            counted, health = totals(tx), feed_views.health(tx)
    finally:
        store.close()
    running = is_held(config.state)
    if options.json:
        click.echo(json.dumps(_as_json(counted, health, running=running), ensure_ascii=False))
    else:
        _show(options, counted, health, running=running)


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


def _show(options: Options, counted: Totals, health: tuple[FeedHealth, ...], *, running: bool) -> None:
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
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("feed", "state", "last poll", "next poll", "what is wrong"):
        table.add_column(heading, overflow="fold")
    for each in health:
        state = each.state
        wrong = clean(state.health.error or "")
        table.add_row(clean(state.name), standing(state), _time(state.polled_at), _time(each.next_at), wrong)
    console.print(table)


def _newest(counted: Totals) -> str:
    return f", the newest {_time(counted.newest_alert)}" if counted.newest_alert else ""


def _time(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if moment else "never"

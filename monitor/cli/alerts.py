"""`monitor alerts`: the alerts and where their deliveries stand.

In:  the state, also beside a running daemon.
Out: newest first.
Not here: sending again.
"""

import json
from dataclasses import asdict
from datetime import datetime

import click

from monitor.alerting.escape import clean
from monitor.alerting.render import as_json
from monitor.cli.options import Options, pass_options
from monitor.cli.setup import set_up
from monitor.model.delivery import DeliveryState
from monitor.store.engine import open_for_reading
from monitor.store.views import TracedAlert, alerts


@click.command("alerts")
@click.option(
    "--state", "delivery", type=click.Choice([str(s) for s in DeliveryState]), help="Only with a delivery in it."
)
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many.")
@pass_options
def command(options: Options, delivery: str | None, limit: int) -> None:
    """List the alerts, newest first, with their deliveries."""
    set_up(options)
    store = open_for_reading(options.load().state)
    try:
        with store.read() as tx:
            found = alerts(tx, limit=limit, state=DeliveryState(delivery) if delivery else None)
    finally:
        store.close()
    for each in found:
        click.echo(_json_line(each) if options.json else "\n".join(_lines(each)))
    if not found and not options.json:
        click.echo("no alerts")


def plain(value: object) -> str:
    """Return what stands in JSON for a value it has no form for: a moment in ISO 8601, anything else as text."""
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _json_line(traced: TracedAlert) -> str:
    deliveries = [asdict(each) for each in traced.deliveries]
    return json.dumps(as_json(traced.alert) | {"deliveries": deliveries}, ensure_ascii=False, default=plain)


def _lines(traced: TracedAlert) -> list[str]:
    alert = traced.alert
    states = ", ".join(f"{clean(each.channel)} {each.state}" for each in traced.deliveries) or "stored, no channel"
    head = f"{alert.created:%Y-%m-%d %H:%M} UTC  {alert.id}  {clean(alert.watch)}"
    facts = f"{alert.new_count} new of {alert.sentence_count} sentences · {', '.join(map(clean, alert.outlets))}"
    return [head, f"  {clean(alert.headline)}", f"  {facts}", f"  {states}", ""]

"""`monitor alerts`: the alerts and where their deliveries stand.

In:  the state, also beside a running daemon.
Out: newest first.
Not here: sending again.
"""

import json
from dataclasses import asdict
from datetime import datetime
from typing import assert_never

import click

from monitor.alerting.escape import clean
from monitor.alerting.phrases import stand
from monitor.alerting.render import as_json, subject
from monitor.alerting.sources import account
from monitor.cli.options import Options, pass_options
from monitor.cli.setup import set_up
from monitor.model.delivery import AnyAlert, DeliveryState
from monitor.model.judgement import Alert, SourceAlert
from monitor.store.engine import open_for_reading
from monitor.store.views import A, TracedAlert, alerts


@click.command("alerts")
@click.option(
    "--state", "delivery", type=click.Choice([str(s) for s in DeliveryState]), help="Only with a delivery in it."
)
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many.")
@pass_options
def command(options: Options, delivery: str | None, limit: int) -> None:
    """List the alerts, of stories and of sources, newest first, with their deliveries."""
    set_up(options)
    store = open_for_reading(options.load().state)
    try:
        with store.read() as tx:
            found = alerts(tx, limit=limit, state=DeliveryState(delivery) if delivery else None)
    finally:
        store.close()
    for each in found:
        if options.json:
            click.echo(json.dumps(as_object(each), ensure_ascii=False, default=plain))
        else:
            click.echo("\n".join(_lines(each)))
    if not found and not options.json:
        click.echo("no alerts")


def plain(value: object) -> str:
    """Return what stands in JSON for a value it has no form for: a moment in ISO 8601, anything else as text."""
    return value.isoformat() if isinstance(value, datetime) else str(value)


def as_object(traced: TracedAlert[A]) -> dict[str, object]:
    """Return the JSON object of an alert, with where its deliveries stand."""
    return as_json(traced.alert) | {"deliveries": [asdict(each) for each in traced.deliveries]}


def _lines(traced: TracedAlert[AnyAlert]) -> list[str]:
    alert = traced.alert
    states = ", ".join(f"{clean(each.channel)} {each.state}" for each in traced.deliveries) or "stored, no channel"
    kind, facts = _facts(alert)
    head = f"{alert.created:%Y-%m-%d %H:%M} UTC  {alert.id}  {kind}"
    return [head, f"  {subject(alert)}", f"  {facts}", f"  {states}", ""]


def _facts(alert: AnyAlert) -> tuple[str, str]:
    """Return what an alert is of, and its figures."""
    match alert:
        case Alert():
            outlets = ", ".join(map(clean, alert.outlets))
            new = f"{alert.new_count} new of {alert.sentence_count} sentences"
            return clean(alert.watch), " · ".join(filter(None, [stand(alert), new, outlets]))
        case SourceAlert():
            told = account(alert)
            return f"source {clean(alert.feed)}", " · ".join(filter(None, [told.when, told.why]))
        case _:
            assert_never(alert)

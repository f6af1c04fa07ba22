"""`monitor alerts`: the alerts and where their deliveries stand; `ack` notes that they were read.

In:  the state, also beside a running daemon; ids, which may be shortened.
Out: newest first; what was acknowledged, which stays known for good.
Not here: sending again, what acknowledging does (pipeline/knowledge.py).
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import assert_never

import click

from monitor.alerting.digests import standing
from monitor.alerting.escape import clean
from monitor.alerting.phrases import gain, stand
from monitor.alerting.render import as_json, subject
from monitor.alerting.sources import account
from monitor.cli.beside import changed, named, reading
from monitor.cli.options import Options, pass_options
from monitor.cli.setup import set_up
from monitor.errors import UsageError
from monitor.model.delivery import AnyAlert, ChannelAlert, DeliveryState, Digest
from monitor.model.judgement import Alert, SourceAlert
from monitor.pipeline import knowledge
from monitor.store.knowledge import Ack
from monitor.store.outbox import DeliveryStatus
from monitor.store.views import A, TracedAlert, alerts

NOTE_MAX = 500  # characters


@click.group("alerts", invoke_without_command=True)
@click.option(
    "--state", "delivery", type=click.Choice([str(s) for s in DeliveryState]), help="Only with a delivery in it."
)
@click.option("--digest", metavar="ID", help="Only those that this digest tells.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many.")
@pass_options
@click.pass_context
def command(context: click.Context, options: Options, delivery: str | None, digest: str | None, limit: int) -> None:
    """List the alerts, of stories and of sources, newest first, with their deliveries."""
    if context.invoked_subcommand is not None:
        return
    of = named(digest) if digest is not None else None
    set_up(options)
    with reading(options.load().state) as tx:
        found = alerts(tx, limit=limit, state=DeliveryState(delivery) if delivery else None, digest=of)
    for each in found:
        if options.json:
            click.echo(json.dumps(as_object(each), ensure_ascii=False, default=plain))
        else:
            click.echo("\n".join(_lines(each)))
    if not found and not options.json:
        click.echo("no alerts")


@command.command("ack")
@click.argument("refs", nargs=-1, required=True, metavar="REF...")
@click.option("--note", default="", metavar="TEXT", help="A word on it, kept with it.")
@pass_options
def ack(options: Options, refs: Sequence[str], note: str) -> None:
    """Note that you read alerts, named by their ids: what they say stays known for good."""
    ids, words = [named(each) for each in refs], " ".join(note.split())
    if len(words) > NOTE_MAX:
        raise UsageError(f"a note has at most {NOTE_MAX} characters")
    set_up(options)
    answer = changed(
        options.load().state,
        {"do": "ack", "alerts": ids, "note": words},
        lambda store: knowledge.acknowledge(store, ids, note=words, now=datetime.now(UTC)),
    )
    for each in answer["alerts"]:
        if options.json:
            done = {"id": each["id"], "headline": each["headline"], "new": each["is_new"]}
            click.echo(json.dumps({"type": "acknowledged", **done}, ensure_ascii=False))
        elif not options.quiet:
            click.echo(
                f"{'acknowledged' if each['is_new'] else 'acknowledged before:'} {each['id']}  {each['headline']}"
            )


def plain(value: object) -> str:
    """Return what stands in JSON for a value it has no form for: a moment in ISO 8601, anything else as text."""
    return value.isoformat() if isinstance(value, datetime) else str(value)


def as_object(traced: TracedAlert[A]) -> dict[str, object]:
    """Return the JSON object of an alert, with where its deliveries stand and whether it was acknowledged."""
    deliveries = [asdict(each) for each in traced.deliveries]
    return as_json(traced.alert) | {"deliveries": deliveries, "ack": asdict(traced.ack) if traced.ack else None}


def acknowledged(given: Ack | None) -> list[str]:
    """Return the line that says when an alert was acknowledged, if it was."""
    if given is None:
        return []
    return [f"acknowledged {given.at:%Y-%m-%d %H:%M} UTC{': ' if given.note else ''}{clean(given.note)}"]


def _lines(traced: TracedAlert[AnyAlert]) -> list[str]:
    alert = traced.alert
    states = ", ".join(map(_delivery, traced.deliveries)) or "stored, no channel"
    kind, facts = _facts(alert)
    head = f"{alert.created:%Y-%m-%d %H:%M} UTC  {alert.id}  {kind}"
    told = [subject(alert), facts, states, *acknowledged(traced.ack)]
    return [head, *(f"  {line}" for line in told), ""]


def _delivery(status: DeliveryStatus) -> str:
    """Return where a delivery stands: `desk held (quiet, until 2024-05-03 06:30 UTC)`."""
    said = f"{clean(status.channel)} {status.state}"
    if status.digest:
        return f"{said} (in digest {status.digest[:8]})"
    if status.wait and status.state in (DeliveryState.HELD, DeliveryState.BATCHED):
        return f"{said} ({status.wait}, until {status.next_at:%Y-%m-%d %H:%M} UTC)"
    is_over = status.state in (DeliveryState.DEAD, DeliveryState.CANCELLED)
    return f"{said} ({clean(status.error)})" if is_over and status.error else said


def _facts(alert: AnyAlert) -> tuple[str, str]:
    """Return what an alert is of, and its figures."""
    match alert:
        case Alert():
            outlets = ", ".join(map(clean, alert.outlets))
            return clean(alert.watch), " · ".join(filter(None, [stand(alert), gain(alert), outlets]))
        case SourceAlert():
            told = account(alert)
            return f"source {clean(alert.feed)}", " · ".join(filter(None, [told.when, told.why]))
        case ChannelAlert():
            told = account(alert)
            return f"channel {clean(alert.channel)}", " · ".join(filter(None, [told.when, told.why]))
        case Digest():
            return "digest", standing(alert)
        case _:
            assert_never(alert)

"""`monitor resend`: send an alert again, or all that a channel lost.

In:  an alert's id, which may be shortened; names of channels.
Out: deliveries that go out again under the same keys: at once by a running daemon, else at the next pass.
Not here: sending (pipeline/dispatch.py).
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

import click

from monitor.cli.beside import changed, named
from monitor.cli.options import Options, pass_options
from monitor.cli.setup import set_up
from monitor.config.config import Config
from monitor.errors import UsageError
from monitor.pipeline import orders
from monitor.pipeline.orders import Resent


@click.command("resend")
@click.argument("ref", required=False, default="", metavar="[ID]")
@click.option("--to", multiple=True, metavar="CHANNEL", help="Only by this channel; may be given more than once.")
@click.option("--dead", is_flag=True, help="All that was given up as lost.")
@pass_options
def command(options: Options, ref: str, to: Sequence[str], dead: bool) -> None:
    """Send the alert (or digest) ID again by its channels, or with --dead all that was lost."""
    if bool(ref) == dead:
        raise UsageError("name one alert, or say --dead for all that was lost")
    set_up(options)
    config = options.load()
    sought, channels = named(ref) if ref else "", _channels(config, to)
    answer = changed(
        config.state,
        {"do": "resend", "alert": sought, "channels": list(channels)},
        lambda store: orders.resend(store, sought, channels, now=datetime.now(UTC)),
    )
    count = Resent(**answer).deliveries
    if options.json:
        click.echo(json.dumps({"type": "resent", "deliveries": count}))
    elif not options.quiet:
        click.echo(f"on their way again: {count}" if count else "there is nothing to send again")


def _channels(config: Config, to: Sequence[str]) -> tuple[str, ...]:
    for name in to:
        if name not in config.policy.channels:
            raise UsageError(f"there is no channel {name!r} that anything is routed to")
    return tuple(to) or config.policy.channels

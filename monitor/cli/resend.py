"""`monitor resend`: send an alert again, or all that a channel lost.

In:  an alert's id, which may be shortened; names of channels.
Out: deliveries that go out again under the same keys: at once by a running daemon, else at the next pass.
Not here: sending (pipeline/dispatch.py).
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import click

from monitor.alerting.escape import clean
from monitor.cli.beside import changed, named
from monitor.cli.options import Options, pass_options
from monitor.cli.setup import set_up
from monitor.config.config import Config
from monitor.errors import UsageError
from monitor.model.delivery import Wait
from monitor.pipeline import orders
from monitor.pipeline.orders import Kept

_WAITS: Final = {
    Wait.CONFIRMATION: "another source",
    Wait.GROUP: "others of its group",
    Wait.QUIET: "the end of quiet hours",
    Wait.OVERFLOW: "a digest, since its route is full",
    Wait.SCHEDULE: "the digest that its route leads to",
    Wait.CONTEXT: "a digest",
    Wait.SILENCED: "a digest, or the end of its silence",
    Wait.BACKLOG: "its channel",
}


@click.command("resend")
@click.argument("ref", required=False, default="", metavar="[ID]")
@click.option("--to", multiple=True, metavar="CHANNEL", help="Only by this channel; may be given more than once.")
@click.option("--dead", is_flag=True, help="All that was given up as lost.")
@click.option("--now", is_flag=True, help="Also what waits of it, for the end of quiet hours or for a digest.")
@pass_options
def command(options: Options, ref: str, to: Sequence[str], dead: bool, now: bool) -> None:
    """Send the alert (or digest) ID again by its channels, or with --dead all that was lost."""
    if bool(ref) == dead:
        raise UsageError("name one alert, or say --dead for all that was lost")
    if now and dead:
        raise UsageError("what was lost waits for nothing: leave out --now")
    set_up(options)
    config = options.load()
    sought, channels = named(ref) if ref else "", _channels(config, to)
    answer = changed(
        config.state,
        {"do": "resend", "alert": sought, "channels": list(channels), "now": now},
        lambda store: orders.resend(store, sought, channels, now=datetime.now(UTC), is_urgent=now),
    )
    if options.json:
        click.echo(json.dumps({"type": "resent"} | answer))
    elif not options.quiet:
        count, waiting = answer["deliveries"], [Kept(**each) for each in answer["waiting"]]
        told = [f"on their way{'' if now else ' again'}: {count}"] if count else []
        click.echo("\n".join(told + _held(waiting, sought)) if told or waiting else "there is nothing to send again")


def _held(waiting: Sequence[Kept], sought: str) -> list[str]:
    """Return until when each delivery waits and for what, and how to send it now where that can be."""
    lines = [f"{clean(each.channel)}: {_why(each)}" for each in waiting]
    can_be_sent = any(each.wait != Wait.CONFIRMATION and each.digest is None for each in waiting)
    return [*lines, f"send it now: monitor resend {clean(sought)} --now"] if can_be_sent else lines


def _why(kept: Kept) -> str:
    if kept.digest:
        return f"not sent yet; digest {kept.digest[:8]}, which tells it, is on its way"
    until = f"{datetime.fromisoformat(kept.until):%Y-%m-%d %H:%M} UTC"
    return f"not sent yet; it waits for {_WAITS[Wait(kept.wait or Wait.BACKLOG)]}, until {until}"


def _channels(config: Config, to: Sequence[str]) -> tuple[str, ...]:
    names = tuple(channel.name for channel in config.channels)
    for name in to:
        if name not in names:
            raise UsageError(f"there is no channel {name!r}; `monitor channel list` shows them")
    return tuple(to) or names

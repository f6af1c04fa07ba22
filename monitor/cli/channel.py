"""`monitor channel`: what the channels are and how they do; an example through each.

In:  the configuration, the state (also beside a running daemon), names of channels.
Out: a table; what a channel answered to an example.
Not here: sending alerts (pipeline/dispatch.py). No address is shown: it may be a secret.
"""

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, assert_never

import click
from rich.console import Console
from rich.table import Table

from monitor.alerting.escape import clean
from monitor.cli.beside import reading
from monitor.cli.exits import DONE, FAILED
from monitor.cli.options import Options, pass_options
from monitor.cli.setup import set_up
from monitor.config.config import Config
from monitor.errors import UsageError
from monitor.model.delivery import Channel, ChannelKind, NotSent, Receipt, Sent, Unsure
from monitor.store.channel_views import ChannelStanding, standings
from monitor.store.engine import StoreError

if TYPE_CHECKING:
    from monitor.delivery.channels import ChannelSender

SIDE_BY_SIDE = 8  # examples on their way at once
_UNROUTED = "no route leads here: it tells only what others lose"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """A channel as the list tells it."""

    service: str
    format: str
    fault: str | None  # why it cannot be spoken to


@click.group("channel")
def command() -> None:
    """List the channels; send an example through them."""


@command.command("list")
@pass_options
def list_(options: Options) -> None:
    """List the channels: what each is, whether alerts go there, and how its deliveries stand."""
    set_up(options)
    config = options.load()
    stored = _standings(config)
    told = {channel.name: _told(channel) for channel in config.channels}
    if options.json:
        for channel in config.channels:
            click.echo(json.dumps(_as_object(config, channel, told[channel.name], stored), ensure_ascii=False))
    elif config.channels:
        _show(options, config, told, stored)
    else:
        click.echo("no channels: alerts are stored and printed")


@command.command("test")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@pass_options
def test(options: Options, names: Sequence[str]) -> int:
    """Send an example, marked as one, through channels, and print what they answer."""
    set_up(options)
    config = options.load()
    unknown = [name for name in names if name not in {channel.name for channel in config.channels}]
    if unknown:
        raise UsageError(f"there is no channel {unknown[0]!r}; `monitor channel list` shows them")
    from monitor.delivery.channels import ChannelSender

    failed = 0
    for name, receipt, took_ms in _sent(ChannelSender(config.channels), list(dict.fromkeys(names))):
        failed += not isinstance(receipt, Sent)
        if options.json:
            click.echo(json.dumps(_receipt(receipt) | {"channel": name, "took_ms": took_ms}, ensure_ascii=False))
        else:
            click.echo(f"{name}: {_words(receipt)} ({took_ms:,} ms)")
    return FAILED if failed else DONE


def _sent(sender: "ChannelSender", names: Sequence[str]) -> Iterator[tuple[str, Receipt, int]]:
    """Yield each channel's answer and how long it took, in the order given."""
    from monitor.delivery.example import example

    def send(name: str) -> tuple[str, Receipt, int]:
        delivery = example(name, now=datetime.now(UTC))
        started = time.monotonic()
        receipt = sender.send(delivery)
        return name, receipt, round((time.monotonic() - started) * 1000)

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        yield from pool.map(send, names)


def _receipt(receipt: Receipt) -> dict[str, object]:
    """Return an answer as JSON."""
    told: dict[str, object] = {"type": "channel_test", "answer": "sent", "reason": None, "permanent": False}
    match receipt:
        case Sent(note=note):
            return told | {"note": note}
        case NotSent(reason=reason, permanent=permanent):
            return told | {"answer": "refused", "reason": reason, "permanent": permanent}
        case Unsure(reason=reason):
            return told | {"answer": "unknown", "reason": reason}
        case _:
            assert_never(receipt)


def _words(receipt: Receipt) -> str:
    match receipt:
        case Sent(note=note):
            return f"sent, {clean(note)}" if note else "sent"
        case NotSent(reason=reason):
            return f"not sent: {clean(reason)}"
        case Unsure(reason=reason):
            return f"it may have arrived: {clean(reason)}"
        case _:
            assert_never(receipt)


def _standings(config: Config) -> Mapping[str, ChannelStanding]:
    try:
        with reading(config.state) as tx:
            return standings(tx)
    except StoreError:  # nothing is stored yet
        return {}


def _told(channel: Channel) -> _Told:
    match channel.kind:
        case ChannelKind.APPRISE:
            from monitor.delivery.apprise_door import service_of

            service = service_of(channel)
            if isinstance(service, str):
                return _Told(service="unknown", format="", fault=service)
            return _Told(service=service.name, format=service.format, fault=None)
        case ChannelKind.WEBHOOK:
            return _Told(
                service="webhook", format="CloudEvents" + ", signed" * (channel.hmac_key is not None), fault=None
            )
        case ChannelKind.FEED:
            is_json = channel.url.lower().endswith(".json")
            return _Told(service="feed file", format="JSON Feed" if is_json else "Atom", fault=None)
        case _:
            assert_never(channel.kind)


def _as_object(
    config: Config, channel: Channel, told: _Told, stored: Mapping[str, ChannelStanding]
) -> dict[str, object]:
    standing = stored.get(channel.name, ChannelStanding())
    return {
        "type": "channel",
        "name": channel.name,
        "kind": str(channel.kind),
        "service": told.service,
        "format": told.format,
        "routed": channel.name in config.policy.channels,
        "gap_s": channel.gap.total_seconds(),
        "on_unknown": str(channel.on_unknown),
        "allow_private": channel.allow_private,
        "deliveries": standing.deliveries,
        "sent_at": standing.sent_at.isoformat() if standing.sent_at else None,
        "error": told.fault or standing.error,
    }


def _show(options: Options, config: Config, told: Mapping[str, _Told], stored: Mapping[str, ChannelStanding]) -> None:
    is_plain = options.no_color or not sys.stdout.isatty()
    console = Console(
        file=sys.stdout, width=None if sys.stdout.isatty() else 140, no_color=is_plain, highlight=False, markup=False
    )
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("channel", "service", "format", "deliveries", "last taken", "what is wrong"):
        table.add_column(heading, overflow="fold")
    for channel in config.channels:
        standing, known = stored.get(channel.name, ChannelStanding()), told[channel.name]
        states = ", ".join(f"{count} {state}" for state, count in standing.deliveries.items()) or "none"
        taken = f"{standing.sent_at:%Y-%m-%d %H:%M} UTC" if standing.sent_at else "never"
        unrouted = "" if channel.name in config.policy.channels else _UNROUTED
        wrong = clean(known.fault or standing.error or unrouted)
        table.add_row(clean(channel.name), known.service, known.format, states, taken, wrong)
    console.print(table)

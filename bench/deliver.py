"""The delivery benchmark: what the outbox costs over a bare send, and what a dead channel costs the others.

In:  options (`--help`).
Out: progress on stderr; on stdout a table and, as the last line, one JSON object of figures. `make bench-deliver`.
Not here: the receivers (deliver_receivers.py), in a process of their own.

Ours is what the daemon does: claim from the outbox, note the start, send, note the end, each in its own transaction on
disk. What is measured, how and on what machine stands in docs/benchmarks.md.
"""

import argparse
import asyncio
import json
import smtplib
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from statistics import median, quantiles
from typing import Final

from bench.processes import Child, ChildError
from bench.run import Run, end_in_time, say, spread_of
from monitor.alerting.render import as_html, as_text
from monitor.config.load import load_config
from monitor.delivery.example import example
from monitor.delivery.sender import Sender
from monitor.model.article import Entry
from monitor.model.delivery import Delivery, Receipt
from monitor.model.judgement import Alert
from monitor.model.routing import Planned
from monitor.model.story import Story
from monitor.pipeline.desk import Desk
from monitor.pipeline.dispatch import dispatch
from monitor.store import entries, outbox, stories
from monitor.store.engine import Tx
from monitor.telemetry.log import LEVELS, set_up_log
from monitor.wiring import open_desk

KEYS: Final = ("dead_channel_p95_ratio", "mail_vs_stock_apprise", "outbox_vs_bare")
PARTS: Final = {"bare": 30.0, "stock": 30.0, "dead": 30.0}
STOCK_LETTERS: Final = 3  # it waits 5.5 s before each
_COMMAND: Final = (sys.executable, "-c", "from bench.deliver_receivers import main; main()")
_FROM: Final = "desk@example.org"
_TO: Final = "reader@example.org"


@dataclass(frozen=True, kw_only=True)
class Bed:
    """The receivers, and a desk whose channels lead to them."""

    receivers: Child
    ports: dict[str, int]
    desk: Desk
    sent: list[Alert] = field(default_factory=list)  # all alerts ever put

    async def put(self, channel: str, count: int) -> list[Alert]:
        """Store so many alerts that are due for a channel."""
        now = datetime.now(UTC)
        told = example("bench", now=now).alert
        assert isinstance(told, Alert)
        first = len(self.sent) + 1
        alerts = [
            replace(told, id=f"{n:016x}", revision=n, headline=f"{told.headline} {n}")
            for n in range(first, first + count)
        ]
        plan = [Planned(channel=channel, route="", next_at=now)]

        def store(tx: Tx) -> None:
            entry = _entry(tx, told, now)
            for alert in alerts:
                outbox.put(tx, entry, alert, plan, feed="wire")

        await self.desk.store.write(store)
        self.sent.extend(alerts)
        return alerts

    async def deliver(self, channel: str, count: int, *, desk: Desk | None = None) -> float:
        """Store so many alerts and send them; return seconds per alert of sending. Raises ChildError."""
        await self.put(channel, count)
        self.receivers.ask("tally", timeout_s=10)
        began = time.perf_counter()
        done = await dispatch(desk or self.desk, channel)
        took_s = time.perf_counter() - began
        taken = self.receivers.ask("tally", timeout_s=10)
        name = "mail" if channel == "mail" else "web"
        if len(done) != count or taken.get(name) != count:
            raise ChildError(f"of {count} to {channel} {len(done)} were sent, and {taken} arrived")
        return took_s / count


class Timed:
    """A sender that notes when each send of one channel ended."""

    def __init__(self, sender: Sender, channel: str) -> None:
        self._sender = sender
        self._channel = channel
        self.ends: list[float] = []

    def send(self, delivery: Delivery) -> Receipt:
        """Send."""
        receipt = self._sender.send(delivery)
        if delivery.channel == self._channel:
            self.ends.append(time.perf_counter())
        return receipt


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and return the exit code."""
    options = _options(arguments)
    end_in_time(options.limit_s)
    set_up_log(level=LEVELS["quiet"], color=False, machine=False)
    with tempfile.TemporaryDirectory(prefix="bench-deliver-", dir=options.folder) as folder:
        run = Run(options=options, folder=Path(folder), keys=KEYS, parts=PARTS)
        with Child("receivers", _COMMAND, log=run.folder / "log") as receivers:
            asyncio.run(_measure(run, receivers))
    run.print(
        "Delivery",
        ("apprise", "sqlalchemy"),
        "Wall-clock ms a message. Ours is claimed from the outbox, sent and noted, in transactions on disk; a bare",
        "send notes nothing. Bare mail is composed and sent by smtplib; bare web is requests.post.",
    )
    return 1 if run.has_failed else 0


async def _measure(run: Run, receivers: Child) -> None:
    ports = receivers.ask("open", timeout_s=30)
    async with open_desk(load_config(_configuration(run.folder, ports))) as wiring:
        bed = Bed(receivers=receivers, ports=ports, desk=wiring.desk)
        for channel in ("mail", "web", "hook"):
            await bed.deliver(channel, 3)  # loads what there is to load
        for part, measure in (("bare", _bare), ("stock", _stock), ("dead", _dead)):
            if part in run.options.only and run.left_s() >= run.parts[part]:
                say(f"{part} …")
                try:
                    await measure(run, bed)
                except ChildError as exc:
                    run.fail(f"{part}: not measured: {exc}")


async def _bare(run: Run, bed: Bed) -> None:
    """Send by us and bare in turns."""
    sides: dict[str, Callable[[int], Awaitable[float]]] = {
        "mail, ours": lambda count: bed.deliver("mail", count),
        "mail, smtplib, a connection each": lambda count: _bare_mail(bed, count, connections=count),
        "mail, smtplib, one connection": lambda count: _bare_mail(bed, count, connections=1),
        "web, ours through Apprise": lambda count: bed.deliver("web", count),
        "web, our webhook": lambda count: bed.deliver("hook", count),
        "web, requests.post": lambda count: _bare_web(bed, count),
    }
    took: dict[str, list[float]] = {name: [] for name in sides}
    for repeat in range(run.options.repeats):
        names = list(sides) if repeat % 2 == 0 else list(reversed(sides))
        for name in names:
            took[name].append(await sides[name](run.options.messages))
    run.table += ["", *(f"  {name:<36}{1000 * median(each):>8.2f} ms" for name, each in took.items())]
    mail = _ratios(took["mail, ours"], took["mail, smtplib, a connection each"])
    web = _ratios(took["web, ours through Apprise"], took["web, requests.post"])
    run.results |= spread_of("outbox_vs_bare", mail if median(mail) > median(web) else web)
    run.results |= spread_of("mail_vs_smtplib", mail) | spread_of("web_vs_requests", web)
    run.results |= spread_of(
        "mail_vs_smtplib_one_connection", _ratios(took["mail, ours"], took["mail, smtplib, one connection"])
    )
    run.results |= spread_of("webhook_vs_requests", _ratios(took["web, our webhook"], took["web, requests.post"]))


async def _stock(run: Run, bed: Bed) -> None:
    """Send letters by Apprise as it comes, one object and its own pace, and by us."""
    from apprise import Apprise

    stock = Apprise()
    stock.add(_mail_url(bed.ports))
    began = time.perf_counter()
    for number in range(STOCK_LETTERS):
        if not await asyncio.to_thread(stock.notify, title=f"Letter {number}", body="words " * 200):
            raise ChildError("stock Apprise could not send")
    theirs = STOCK_LETTERS / (time.perf_counter() - began)
    ours = [1 / await bed.deliver("mail", run.options.messages) for _ in range(3)]
    run.table += ["", f"  letters a second: {median(ours):.0f}, stock Apprise {theirs:.2f}"]
    run.results |= spread_of("mail_vs_stock_apprise", [each / theirs for each in ours])


async def _dead(run: Run, bed: Bed) -> None:
    """Send to a channel alone, and while another hangs; the times between two messages count."""
    alone: list[float] = []
    beside: list[float] = []
    for repeat in range(run.options.repeats):
        for has_dead in (False, True) if repeat % 2 == 0 else (True, False):
            (beside if has_dead else alone).append(await _p95(run, bed, has_dead=has_dead))
    gaps = f"{1000 * median(alone):.2f} ms alone, {1000 * median(beside):.2f} beside a dead channel"
    run.table += ["", f"  p95 between two messages: {gaps}"]
    run.results |= spread_of("dead_channel_p95_ratio", _ratios(beside, alone))


async def _p95(run: Run, bed: Bed, *, has_dead: bool) -> float:
    timed = Timed(bed.desk.sender, "hook")
    desk = replace(bed.desk, sender=timed)
    hanging: asyncio.Task[object] | None = None
    if has_dead:
        await bed.put("dead", 1)
        hanging = asyncio.create_task(dispatch(desk, "dead"))
        await asyncio.to_thread(_await_dead, bed)
    await bed.deliver("hook", run.options.messages, desk=desk)
    if hanging is not None:
        if hanging.done():
            raise ChildError("the dead channel answered")
        hanging.cancel()
        with suppress(asyncio.CancelledError):
            await hanging
    gaps = [after - before for before, after in zip(timed.ends, timed.ends[1:], strict=False)]
    return quantiles(gaps, n=20)[-1]


def _await_dead(bed: Bed) -> None:
    """Wait until the dead receiver was given its request."""
    until = time.monotonic() + 10
    while not bed.receivers.ask("tally", timeout_s=10).get("dead"):
        if time.monotonic() > until:
            raise ChildError("nothing reached the dead channel")
        time.sleep(0.01)


async def _bare_mail(bed: Bed, count: int, *, connections: int) -> float:
    """Compose and send letters of the same words as a script does; return seconds a letter."""
    alert = example("mail", now=datetime.now(UTC)).alert
    text, html = as_text(alert).body, as_html(alert)

    def compose(number: int) -> EmailMessage:
        letter = EmailMessage()
        letter["Subject"], letter["From"], letter["To"] = f"Letter {number}", _FROM, _TO
        letter.set_content(text)
        letter.add_alternative(html, subtype="html")
        return letter

    def send() -> float:
        began = time.perf_counter()
        for start in range(connections):
            with smtplib.SMTP("127.0.0.1", bed.ports["mail"]) as smtp:
                for number in range(start, count, connections):
                    smtp.send_message(compose(number))
        return (time.perf_counter() - began) / count

    return await asyncio.to_thread(send)


async def _bare_web(bed: Bed, count: int) -> float:
    """Post messages as a script does, with the bytes that Apprise's plugin posts; return seconds a message."""
    import requests

    bodies = [
        json.dumps({"version": "1.0", "title": f"Message {n}", "message": "words " * 200, "type": "info"})
        for n in range(count)
    ]

    def send() -> float:
        began = time.perf_counter()
        for body in bodies:
            requests.post(f"http://127.0.0.1:{bed.ports['web']}/", data=body, timeout=10).raise_for_status()
        return (time.perf_counter() - began) / count

    return await asyncio.to_thread(send)


def _ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    return [one / other for one, other in zip(ours, theirs, strict=True)]


def _entry(tx: Tx, alert: Alert, now: datetime) -> int:
    """Return an entry that alerts can stand on, made once."""
    made = Entry(
        id="bench", feed="wire", guid="bench", url=None, url_key=None, title="T", summary="", outlet="O", host="",
        language="en", published=None, first_seen=now, text="Text.", html=None, is_first_poll=False,
    )  # fmt: skip
    entries.add(tx, [made])
    about = Story(id=alert.story, watch=alert.watch, title="T", terms={}, articles=1, created=now, updated=now)
    stories.ensure(tx, about)
    return 1


def _mail_url(ports: dict[str, int]) -> str:
    return f"mailto://127.0.0.1:{ports['mail']}/?from=desk@example.org&to=reader@example.org"


def _configuration(folder: Path, ports: dict[str, int]) -> Path:
    """Write the configuration of the desk and return its path."""
    channels = [
        {"name": "mail", "url": _mail_url(ports)},
        {"name": "web", "url": f"json://127.0.0.1:{ports['web']}/"},
        {"name": "hook", "kind": "webhook", "url": f"http://127.0.0.1:{ports['web']}/"},
        {"name": "dead", "kind": "webhook", "url": f"http://127.0.0.1:{ports['dead']}/"},
    ]
    config = {
        "version": 1,
        "state": "state",
        "feeds": [{"name": "wire", "url": "http://127.0.0.1:9/"}],
        "watches": [{"name": "test", "match": "Mali", "novelty": {"embedder": "none"}}],
        "channels": [{**channel, "allow_private": True} for channel in channels],
        "route": {"to": [channel["name"] for channel in channels]},
    }
    path = folder / "monitor.yaml"
    path.write_text(json.dumps(config), encoding="utf-8")
    return path


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.deliver", description="Measure what delivering an alert costs.")
    for name, default, what in (
        ("--messages", 200, "messages in each repeat"),
        ("--repeats", 7, "repeats, the sides in turns"),
        ("--limit-s", 600, "seconds after which everything has ended"),
    ):
        parser.add_argument(name, type=int, default=default, help=f"{what} (default: {default})")
    parser.add_argument("--folder", type=Path, help="where the store is made for the time of the run")
    parser.add_argument("--only", nargs="+", choices=tuple(PARTS), default=tuple(PARTS), help="measure only these")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())

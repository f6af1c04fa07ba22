"""`monitor silence`: hear nothing of a watch, a story, a feed or an outlet for a while.

In:  what is to be silent, for how long and why; ids, which may be shortened.
Out: silences that hold from then on, also beside a running daemon; a list of them. What one kept back is told in a
     digest: the configured one that includes such, else one of its own at its end.
Not here: what a silence covers (alerting/policy.py).
"""

import json
from datetime import UTC, datetime, timedelta

import click

from monitor.alerting.escape import clean
from monitor.cli.beside import changed, named, reading
from monitor.cli.knowledge_show import refuse_unknown
from monitor.cli.options import Options, pass_options
from monitor.cli.setup import set_up
from monitor.cli.tables import print_table
from monitor.errors import UsageError
from monitor.model.routing import Silence
from monitor.pipeline import orders
from monitor.pipeline.orders import Expired, Silenced
from monitor.store import silences

NOTE_MAX = 500  # characters
MOST_SHOWN = 200


@click.group("silence")
def command() -> None:
    """Keep silent for a while; what is kept back is told in a digest."""


@command.command("add")
@click.option("--watch", default="", metavar="NAME", help="Alerts of this watch.")
@click.option("--story", default="", metavar="ID", help="Alerts of this story.")
@click.option("--feed", default="", metavar="NAME", help="What this feed brings, and its health.")
@click.option("--outlet", default="", metavar="NAME", help="Alerts that this outlet caused.")
@click.option("--for", "length", required=True, metavar="TIME", help="How long, such as 30m, 4h or 2d.")
@click.option("-m", "--note", default="", metavar="TEXT", help="Why.")
@pass_options
def add(options: Options, watch: str, story: str, feed: str, outlet: str, length: str, note: str) -> None:
    """Let nothing be told that fits all that is given, from now on."""
    words = " ".join(note.split())
    if len(words) > NOTE_MAX:
        raise UsageError(f"a note has at most {NOTE_MAX} characters")
    if not (watch or story or feed or outlet):
        raise UsageError("say what is to be silent: --watch, --story, --feed or --outlet")
    set_up(options)
    config = options.load()
    refuse_unknown(config, watch or None)
    _refuse_unknown_feed(feed, tuple(each.name for each in config.feeds))
    now = datetime.now(UTC)
    until, ref = now + _length(length), named(story) if story else ""
    asked = {"do": "silence_add", "watch": watch, "story": ref, "feed": feed, "outlet": outlet, "note": words}
    answer = changed(
        config.state,
        asked | {"until": until.isoformat()},
        lambda store: orders.silence(
            store, watch=watch, story=ref, feed=feed, outlet=outlet, until=until, note=words, now=now
        ),
        may_make=True,
    )
    done = Silenced(**answer)
    if options.json:
        click.echo(json.dumps({"type": "silence", "id": done.id, "until": done.until}))
    elif not options.quiet:
        click.echo(
            f"silent until {until:%Y-%m-%d %H:%M} UTC: {done.id}  (end it: monitor silence expire {done.id[:8]})"
        )


def _length(word: str) -> timedelta:
    from monitor.config.schema import duration  # late: help needs no pydantic

    try:
        length = duration(word)
    except (ValueError, OverflowError) as exc:
        raise UsageError(f"--for: {exc}") from exc
    if not timedelta(0) < length <= orders.LONGEST:
        raise UsageError("--for: a silence lasts at least a second and at most a year")
    return length


def _refuse_unknown_feed(feed: str, known: tuple[str, ...]) -> None:
    if feed and feed not in known:
        raise UsageError(f"there is no feed {feed!r}")


@command.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those that are over.")
@pass_options
def list_(options: Options, everything: bool) -> None:
    """List the silences that hold, the one that ends first before the others."""
    set_up(options)
    now = datetime.now(UTC)
    with reading(options.load().state) as tx:
        found = silences.newest(tx, limit=MOST_SHOWN) if everything else silences.holding(tx, now=now)
        rows = [(each, silences.kept_back(tx, each)) for each in found]
    if options.json:
        for each, kept in rows:
            click.echo(json.dumps(_as_object(each, kept, now), ensure_ascii=False))
    elif rows:
        print_table(
            options, ("ID", "UNTIL", "WHAT", "KEPT BACK", "WHY"), [_row(each, kept, now) for each, kept in rows]
        )
    else:
        click.echo("nothing is silenced")


@command.command("expire")
@click.argument("id_", metavar="ID")
@pass_options
def expire(options: Options, id_: str) -> None:
    """End a silence; what it kept back is told now, in one digest."""
    ref = named(id_)
    set_up(options)
    answer = changed(
        options.load().state,
        {"do": "silence_expire", "id": ref},
        lambda store: orders.expire(store, ref, now=datetime.now(UTC)),
    )
    done = Expired(**answer)
    if options.json:
        click.echo(json.dumps({"type": "expired", "id": done.id, "kept_back": done.kept_back}))
    elif not options.quiet:
        click.echo(f"silence {done.id} is over; kept back, and told now: {done.kept_back}")


def _covers(silence: Silence) -> dict[str, str]:
    parts = {"watch": silence.watch, "story": silence.story, "feed": silence.feed, "outlet": silence.outlet}
    return {key: value for key, value in parts.items() if value}


def _is_over(silence: Silence, now: datetime) -> bool:
    return silence.is_expired or silence.until <= now


def _as_object(silence: Silence, kept: int, now: datetime) -> dict[str, object]:
    return {
        "type": "silence",
        "id": silence.id,
        **_covers(silence),
        "until": silence.until.isoformat(),
        "note": silence.note,
        "kept_back": kept,
        "over": _is_over(silence, now),
    }


def _row(silence: Silence, kept: int, now: datetime) -> tuple[str, ...]:
    what = ", ".join(f"{key} {clean(value)}" for key, value in _covers(silence).items())
    until = f"{silence.until:%Y-%m-%d %H:%M} UTC{' (over)' if _is_over(silence, now) else ''}"
    return silence.id, until, what, str(kept), clean(silence.note)

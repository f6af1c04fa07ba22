"""`monitor why`: everything that happened to an entry or an alert, and why.

In:  a URL, an entry id or an alert id.
Out: the way from the feed to the channels, with the figures of every decision; exit 1 where nothing is known of it.
Not here: deciding; this only reads.
"""

import json
from dataclasses import asdict
from datetime import datetime
from typing import assert_never

import click

from monitor.alerting.digests import command as digest_command
from monitor.alerting.digests import standing
from monitor.alerting.escape import clean
from monitor.alerting.phrases import stand
from monitor.alerting.render import subject
from monitor.alerting.sources import account
from monitor.cli.alerts import acknowledged, as_object, plain
from monitor.cli.exits import DONE, FAILED
from monitor.cli.options import Options, pass_options
from monitor.cli.setup import set_up
from monitor.errors import UsageError
from monitor.model.article import Article
from monitor.model.delivery import AnyAlert, ChannelAlert, DeliveryState, Digest
from monitor.model.judgement import Alert, Decision, Label, Novelty, SourceAlert
from monitor.store.engine import open_for_reading
from monitor.store.outbox import DeliveryStatus
from monitor.store.views import A, History, TracedAlert, histories, others

ID_MIN = 4  # characters; fewer would name entries by accident
SIGNS = {Label.NEW: "+", Label.UPDATE: "~", Label.KNOWN: "=", Label.NOISE: "·"}


@click.command("why")
@click.argument("ref")
@pass_options
def command(options: Options, ref: str) -> int:
    """Tell what happened to REF (a URL, an entry id or an alert id), and why."""
    sought = ref.strip().strip("[]#").strip()
    if len(sought) < ID_MIN:
        raise UsageError(f"name a URL, or at least {ID_MIN} characters of the id of an entry or an alert")
    set_up(options)
    store = open_for_reading(options.load().state)
    try:
        with store.read() as tx:
            found, rest = histories(tx, sought), others(tx, sought)
    finally:
        store.close()
    if not found and not rest:
        click.echo(f"nothing is known of {clean(ref)}: it is neither a URL nor an id of an entry or an alert", err=True)
        return FAILED
    if options.json:
        for told in [*map(_as_json, found), *map(as_object, rest)]:
            click.echo(json.dumps(told, ensure_ascii=False, default=plain))
    else:
        for lines in [*map(_as_text, found), *map(_other, rest)]:
            click.echo("\n".join(lines) + "\n")
    return DONE


def _as_json(history: History) -> dict[str, object]:
    entry = asdict(history.entry)
    for heavy in ("text", "html"):
        del entry[heavy]
    article = history.article
    return {
        "type": "history",
        "entry": entry["id"],
        **{key: entry[key] for key in ("feed", "url", "outlet", "published", "first_seen")},
        "title": _title(history),
        "stage": history.stage,
        "reader": str(article.reader) if article else None,
        "degraded": article.is_degraded if article else None,
        "problem": article.problem if article else None,
        "author": article.author if article else None,
        "page_date": article.dated if article else None,
        "lines_set_aside": len(article.aside) if article else 0,
        "decisions": [asdict(decision) for decision in history.decisions],
        "alerts": list(map(as_object, history.alerts)),
    }


def _title(history: History) -> str:
    return history.entry.title or (history.article.title if history.article else "")


def _as_text(history: History) -> list[str]:
    entry = history.entry
    lines = [
        clean(_title(history)) or "(without a title)",
        f"  entry {entry.id} of feed {clean(entry.feed)} ({clean(entry.outlet)}), first seen {_time(entry.first_seen)}",
    ]
    if entry.url:
        lines.append(f"  {clean(entry.url)}")
    if history.article is None:
        return [*lines, "  listed; not read yet"]
    lines += _reading(history.article)
    if history.article.aside:
        lines.append(f"  lines set aside as no part of the article: {len(history.article.aside)}")
    if not history.decisions:
        lines.append("  not judged yet")
    for decision in history.decisions:
        lines += _decision(decision)
    for each in history.alerts:
        lines += _alert(each)
    return lines


def _reading(article: Article) -> list[str]:
    """Return how an article was read, and what its page says of itself."""
    how = " by the simpler reader" if article.is_degraded else ""
    problem = f"; the page: {clean(article.problem)}" if article.problem else ""
    lines = [f"  read from its {article.reader}{how}, language {article.language}{problem}"]
    told = [("by", article.author), ("of", article.dated), ("on", article.site)]
    says = ", ".join(f"{word} {clean(value)}" for word, value in told if value)
    return [*lines, f"  the page says: {says}"] if says else lines


def _decision(decision: Decision) -> list[str]:
    watch = f"watch {clean(decision.watch)}: " if decision.watch else ""
    lines = [f"  {watch}{decision.outcome} ({decision.reason}) — {clean(decision.note)}"]
    if decision.matched:
        lines.append(f"    matched {', '.join(map(clean, decision.matched))}; story {decision.story}")
    if decision.duplicate:
        lines.append(f"    repeats entry {decision.duplicate.of} ({decision.duplicate.kind})")
    if decision.novelty is not None and decision.threshold is not None:
        lines.append(f"    novelty {decision.novelty:.2f} against a threshold of {decision.threshold:.2f}")
    return [*lines, *(line for each in decision.sentences for line in _sentence(each))]


def _sentence(novelty: Novelty) -> list[str]:
    lines = [f"    {SIGNS[novelty.label]} {novelty.score:.2f}  {clean(novelty.sentence)}"]
    if novelty.nearest and novelty.label is not Label.NOISE:
        lines.append(f"             nearest: {clean(novelty.nearest.text)} ({clean(novelty.nearest.source)})")
    return lines + [f"             {clean(c.what)}: {clean(c.was)} → {clean(c.now)}" for c in novelty.changes]


def _other(traced: TracedAlert[AnyAlert]) -> list[str]:
    """Return what is known of a digest, or of an alert of a source or a channel."""
    alert = traced.alert
    match alert:
        case Digest():
            lines = [subject(alert), f"  {standing(alert)}", f"  all of it: {digest_command(alert)}"]
        case SourceAlert() | ChannelAlert():
            told = account(alert)
            lines = [told.headline, f"  {told.meaning}", *(f"  {label.lower()}: {line}" for label, line in told.facts)]
        case Alert():  # of an entry; what belongs to it stands with the entry
            lines = [subject(alert)]
        case _:
            assert_never(alert)
    return [*lines, *_alert(traced)]


def _alert(traced: TracedAlert[A]) -> list[str]:
    stands = stand(traced.alert) if isinstance(traced.alert, Alert) else ""
    lines = [f"  alert {traced.alert.id}, decided {_time(traced.alert.created)}" + (f"; {stands}" if stands else "")]
    for each in traced.deliveries:
        ended = _ended(each)
        error = f": {clean(each.error)}" if each.error else ""
        place = f" in digest {each.digest[:8]}" if each.digest else ""
        tried = f"{each.state}{place} after {each.attempts} {'attempt' if each.attempts == 1 else 'attempts'}"
        lines.append(f"    channel {clean(each.channel)}: {tried}{ended}{error}")
    if not traced.deliveries:
        lines.append("    no channel is configured: stored, not sent")
    return [*lines, *(f"    {line}" for line in acknowledged(traced.ack))]


def _ended(delivery: DeliveryStatus) -> str:
    if delivery.sent_at:
        return f" at {_time(delivery.sent_at)}"
    match delivery.state:
        case DeliveryState.CANCELLED | DeliveryState.DEAD:
            return ""
        case DeliveryState.HELD | DeliveryState.BATCHED if not delivery.digest:
            return f", waits until {_time(delivery.next_at)} ({delivery.wait})"
        case _:
            return f", next attempt {_time(delivery.next_at)}"


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"

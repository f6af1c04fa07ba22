"""Render: an alert as plain text, as a chat message and as JSON.

In:  an alert of any kind, frozen when it was decided.
Out: the words a reader sees, in this order: headline, standing, NEW, CHANGED, ALREADY KNOWN, SPELT OTHERWISE,
     MACHINE-WRITTEN, link, WHY, MUTE, MORE; of a source or a channel: headline, meaning, WHEN, WHY, NEXT, LOOK; of a
     digest: headline, standing, its items by watch.
Not here: HTML mail (html_mail.py), chats (formats.py), shared wordings (phrases.py, sources.py, digests.py), sending
(delivery/).
"""

from datetime import datetime
from typing import assert_never

from monitor.alerting import digests
from monitor.alerting.digests import Detail
from monitor.alerting.escape import clean, safe_link
from monitor.alerting.formats import FACES, render
from monitor.alerting.html_mail import as_html
from monitor.alerting.message import Format, Message
from monitor.alerting.namesakes import SPELT, same_names
from monitor.alerting.phrases import (
    WRITTEN,
    Selection,
    befores,
    by_heading,
    by_machine,
    change_line,
    heading,
    headline,
    known_line,
    known_since,
    mute,
    placed,
    quote_origin,
    select,
    short_id,
    standing,
    whence,
    why,
    wrapped,
)
from monitor.alerting.sources import account
from monitor.model.delivery import AnyAlert, ChannelAlert, Digest, DigestItem
from monitor.model.judgement import Alert, Change, Claim, Known, Quote, SourceAlert, Written

__all__ = ["CHAT_LIMIT", "Message", "as_chat", "as_html", "as_json", "as_text", "subject"]

Json = dict[str, object]  # an object of CONTRACT.md, for the edge of the program only

WIDTH = 78  # columns; what a mail program shows and quotes without breaking lines (RFC 5322, 2.1.1)
TEXT_NEW_MAX = 12  # new sentences in a mail; the article itself is one click away
CHAT_LIMIT = FACES["chat"].limit
TITLE_LIMIT = FACES["chat"].title_limit


def subject(alert: AnyAlert) -> str:
    """Return the fact itself: the headline on one clean line, without the tool's name."""
    match alert:
        case Alert():
            return headline(alert)
        case SourceAlert() | ChannelAlert():
            return account(alert).headline
        case Digest():
            return digests.headline(alert)
        case _:
            assert_never(alert)


def as_text(alert: AnyAlert) -> Message:
    """Return the alert as plain text in WIDTH columns; the body carries the headline and the link too."""
    match alert:
        case Alert():
            blocks = _text_of_story(alert)
        case SourceAlert() | ChannelAlert():
            blocks = _text_of_account(alert)
        case Digest():
            blocks = _text_of_digest(alert)
        case _:
            assert_never(alert)
    title = subject(alert)  # on one line, so that a search for it finds it
    return Message(title=title, body="\n\n".join([title, *(block for block in blocks if block)]) + "\n")


def as_chat(alert: AnyAlert, *, limit: int = CHAT_LIMIT, title_limit: int = TITLE_LIMIT) -> Message:
    """Return the alert as a short message without markup (formats.py)."""
    return render(alert, Format.TEXT, limit=limit, title_limit=title_limit)


def as_json(alert: AnyAlert) -> Json:
    """Return the alert object of CONTRACT.md: what was found, verbatim; escaping is up to what shows it."""
    match alert:
        case Alert():
            return _json_of_story(alert)
        case SourceAlert():
            return _json_of_source(alert)
        case ChannelAlert():
            return _json_of_channel(alert)
        case Digest():
            return _json_of_digest(alert)
        case _:
            assert_never(alert)


def _text_of_story(alert: Alert) -> list[str]:
    shown = select(alert, new_max=TEXT_NEW_MAX)
    return [
        _flow(standing(alert)),
        *_new(shown),
        *_changed(shown, alert),
        *_known(shown),
        *_names(alert),
        *_written(alert),
        safe_link(alert.url or "") or "",
        "\n".join([_flow(f"WHY  {why(alert)}", rest="     "), _hint(alert)]),
    ]


def _text_of_account(alert: SourceAlert | ChannelAlert) -> list[str]:
    told = account(alert)
    facts = [line for label, text in told.facts for line in _entry(text, _margin(label))]
    looks = [_margin("" if n else "LOOK") + command for n, command in enumerate(told.commands)]  # whole, to be pasted
    return [
        _flow(told.meaning),
        "\n".join([*facts, *looks]),
        told.rest,
        f"where this was sent: monitor why {alert.id}  {short_id(alert)}",
    ]


def _text_of_digest(digest: Digest) -> list[str]:
    details = digests.details(digest)
    blocks = [_flow(digests.standing(digest))]
    for group in digests.groups(digest):
        items = [block for item in group.items if (block := _item(item, digest, details[item]))]
        if items:
            blocks += [group.label.upper(), *items]
    hidden = sum(detail is Detail.NOTHING for detail in details.values())
    more = f"+ {hidden} more\n" if hidden else ""
    return [*blocks, f"{more}all of it: {digests.command(digest)}  {short_id(digest)}"]


def _item(item: DigestItem, digest: Digest, detail: Detail) -> str:
    if detail is Detail.NOTHING:
        return ""
    told = digests.told(item, digest)
    lines = _entry(told.headline, "  * ")
    if detail >= Detail.FACTS:
        lines += [line for change in told.changed for line in _entry(change, "    ")]
    if detail is Detail.WHOLE:
        lines += [line for sentence in told.new for line in _entry(sentence, "    • ")]
    if detail >= Detail.FACTS:
        lines += [*_entry(told.facts, "    "), *filter(None, [told.address and f"    {told.address}"])]
    return "\n".join(lines)


def _margin(label: str) -> str:
    return f"{label:<6}"


def _json_of_story(alert: Alert) -> Json:
    return {
        "type": "alert",
        "id": alert.id,
        "watch": alert.watch,
        "story": alert.story,
        "revision": alert.revision,
        "headline": alert.headline,
        "url": alert.url,
        "new": [_quote_json(quote) for quote in alert.new],
        "known": [{"text": quote.text, "evidence": _known_json(quote.evidence)} for quote in alert.known],
        "changed": [_change_json(change) for change in alert.changed],
        "outlets": list(alert.outlets),
        "independent": alert.independent,
        "confirmation": alert.confirmation,
        "claims": [_claim_json(claim) for claim in alert.claims],
        "matched": list(alert.matched),
        "disguised": list(alert.disguised),
        "corrects": alert.corrects,
        "confirms": list(alert.confirms),
        "unsure": alert.is_unsure,
        "written": _written_json(alert.written),
        "novelty": alert.novelty,
        "threshold": alert.threshold,
        "severity": str(alert.severity),
        "created": alert.created.isoformat(),
    }


def _json_of_source(alert: SourceAlert) -> Json:
    return {
        "type": "source_alert",
        "id": alert.id,
        "feed": alert.feed,
        "state": str(alert.state),
        "headline": subject(alert),
        "reason": alert.reason,
        "since": alert.since.isoformat(),
        "url": alert.url,
        "several": alert.several,
        "of": alert.of,
        "named": list(alert.named),
        "created": alert.created.isoformat(),
    }


def _json_of_channel(alert: ChannelAlert) -> Json:
    return {
        "type": "channel_alert",
        "id": alert.id,
        "channel": alert.channel,
        "headline": subject(alert),
        "reason": alert.reason,
        "lost": alert.lost,
        "of": alert.of,
        "of_headline": alert.headline,
        "created": alert.created.isoformat(),
    }


def _json_of_digest(digest: Digest) -> Json:
    return {
        "type": "digest",
        "id": digest.id,
        "why": str(digest.why),
        "name": digest.name,
        "story": digest.root,
        "headline": subject(digest),
        "items": list(map(_item_json, digest.items)),
        "since": digest.since.isoformat(),
        "created": digest.created.isoformat(),
    }


def _item_json(item: DigestItem) -> Json:
    return {
        "alert": item.alert,
        "watch": item.watch or None,
        "story": item.story,
        "headline": item.headline,
        "url": item.url,
        "new": list(item.new),
        "changed": list(item.changed),
        "outlets": list(item.outlets),
        "independent": item.independent,
        "severity": str(item.severity),
        "why": item.why,
        "created": item.created.isoformat(),
    }


def _flow(text: str, *, rest: str = "") -> str:
    return "\n".join(wrapped(text, first="", rest=rest, width=WIDTH))


def _entry(text: str, mark: str) -> list[str]:
    """Return one wrapped entry of a list, hanging behind its mark."""
    return wrapped(text, first=mark, rest=" " * len(mark), width=WIDTH)


def _new(shown: Selection) -> list[str]:
    lines: list[str] = []
    for number, quote in enumerate(shown.new, start=1):
        lines += _entry(f"{clean(quote.text)} — {whence(quote)}", f"{number:2}. ")
    if shown.new_more:
        lines.append(f"  + {shown.new_more} more new")
    return ["\n".join(["NEW", *lines])] if lines else []


def _changed(shown: Selection, alert: Alert) -> list[str]:
    blocks = []
    for groups in by_heading(shown.changed):
        title, new, other = heading(groups[0][0])
        lines = [title]
        for group in groups:
            sentence = group[0].sentence
            lines += [line for change in group for line in _entry(change_line(change), " ")]
            lines += _entry(placed(sentence, quote_origin(sentence, alert)), f"    {new:<5}")
            lines += [line for known in befores(group) for line in _entry(known_line(known), f"    {other:<5}")]
        blocks.append("\n".join(lines))
    return blocks


def _known(shown: Selection) -> list[str]:
    lines: list[str] = []
    for quote in shown.known:
        lines += _entry(f"{clean(quote.text)} — {known_since(quote.evidence)}", " =  ")
    if shown.known_more:
        lines.append(f"  + {shown.known_more} more")
    return ["\n".join(["ALREADY KNOWN", *lines])] if lines else []


def _names(alert: Alert) -> list[str]:
    names = same_names(alert)
    return ["\n".join(_entry(names, f"{SPELT}  "))] if names else []


def _written(alert: Alert) -> list[str]:
    if alert.written is None:
        return []
    lines = [line for bullet in alert.written.bullets for line in _entry(clean(bullet.text), " ~  ")]
    return ["\n".join([*_entry(by_machine(alert.written), f"{WRITTEN} "), *lines])]


def _hint(alert: Alert) -> str:
    """Return the commands, each whole on its line, to be pasted."""
    lines = [f"MUTE {mute(alert)}", f"MORE monitor why {clean(alert.id)}  {short_id(alert)}"]
    return "\n".join(lines)


def _quote_json(quote: Quote) -> Json:
    return {
        "text": quote.text,
        "entry": quote.entry,
        "outlet": quote.outlet,
        "date": quote.date.isoformat(),
        "url": quote.url,
        "unsure": quote.is_unsure,
    }


def _written_json(written: Written | None) -> Json | None:
    if written is None:
        return None
    bullets = [{"text": bullet.text, "cites": list(bullet.cites)} for bullet in written.bullets]
    return {"label": WRITTEN.lower(), "model": written.model, "bullets": bullets}


def _claim_json(claim: Claim) -> Json:
    return {
        "entry": claim.entry,
        "outlet": claim.outlet,
        "relation": str(claim.relation),
        "text": claim.text,
        "of": claim.of,
    }


def _known_json(known: Known) -> Json:
    return {"text": known.text, "source": known.source, "outlet": known.outlet, "date": _iso(known.date)}


def _change_json(change: Change) -> Json:
    evidence: Json = {**_known_json(change.before), "sentence": change.sentence}
    kept: Json = {"what": change.what, "was": change.was, "now": change.now}
    return kept | {"relation": str(change.relation), "evidence": evidence}


def _iso(date: datetime | None) -> str | None:
    return date.isoformat() if date else None

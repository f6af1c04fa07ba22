"""Render: an alert as plain text, as a chat message and as JSON.

In:  an Alert, frozen when the decision was made, or a SourceAlert.
Out: the words a reader sees, in this order: headline, standing, NEW, CHANGED, ALREADY KNOWN, MACHINE-WRITTEN, link,
     WHY; of a source: headline, meaning, WHEN, WHY, NEXT, LOOK.
Not here: HTML mail (html_mail.py), shared wordings (phrases.py, sources.py), sending (delivery/).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from monitor.alerting.escape import clean, safe_link
from monitor.alerting.html_mail import as_html
from monitor.alerting.phrases import (
    WRITTEN,
    Selection,
    befores,
    by_heading,
    by_machine,
    by_sentence,
    change_line,
    heading,
    known_since,
    origin,
    placed,
    quote_origin,
    select,
    short_id,
    shortened,
    standing,
    whence,
    why,
    wrapped,
)
from monitor.alerting.sources import Account, account
from monitor.model.delivery import AnyAlert
from monitor.model.judgement import Alert, Change, Claim, Known, Quote, Relation, SourceAlert, Written

__all__ = ["CHAT_LIMIT", "Message", "as_chat", "as_html", "as_json", "as_text", "subject"]

Json = dict[str, object]  # an object of CONTRACT.md, for the edge of the program only

WIDTH = 78  # columns; what a mail program shows and quotes without breaking lines (RFC 5322, 2.1.1)
TEXT_NEW_MAX = 12  # new sentences in a mail; the article itself is one click away
CHAT_NEW_MAX = 3  # new sentences in a chat message: it must be read at a glance
CHAT_KNOWN_MAX = 1
CHAT_LIMIT = 2_000  # characters; Discord's, the tightest of the common chats
TITLE_LIMIT = 250  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a channel is given. A channel without titles puts the title over the body."""

    title: str
    body: str


def subject(alert: AnyAlert) -> str:
    """Return the fact itself: the headline on one clean line, without the tool's name."""
    match alert:
        case Alert():
            return clean(alert.headline)
        case SourceAlert():
            return account(alert).headline
        case _:
            assert_never(alert)


def as_text(alert: AnyAlert) -> Message:
    """Return the alert as plain text in WIDTH columns; the body carries the headline and the link too."""
    match alert:
        case Alert():
            blocks = _text_of_story(alert)
        case SourceAlert():
            blocks = _text_of_source(alert)
        case _:
            assert_never(alert)
    headline = subject(alert)  # on one line, so that a search for it finds it
    return Message(title=headline, body="\n\n".join([headline, *(block for block in blocks if block)]) + "\n")


def as_chat(alert: AnyAlert, *, limit: int = CHAT_LIMIT, title_limit: int = TITLE_LIMIT) -> Message:
    """Return the alert as a short message of unwrapped lines.

    limit: characters of title and body together. Over it go first what a machine wrote, then the known sentences,
    then new ones from the last, then the changes from the last; of a source, the commands, then the facts from the
    last. Headline, standing (or meaning), link and id stay, whatever their length.
    title_limit: a headline over it stands whole in the body and cut at a word in the title.
    """
    headline = subject(alert)
    title = shortened(headline, title_limit)
    below, foot = _chat_frame(alert)
    head = [below] if title == headline else [headline, below]
    room = limit - len(title) - len("\n".join([*head, "", *foot])) - 3  # the title's line break, and the evidence's
    return Message(title=title, body="\n".join([*head, *_chat_evidence(alert, room), "", *foot]))


def as_json(alert: AnyAlert) -> Json:
    """Return the alert object of CONTRACT.md: what was found, verbatim; escaping is up to what shows it."""
    match alert:
        case Alert():
            return _json_of_story(alert)
        case SourceAlert():
            return _json_of_source(alert)
        case _:
            assert_never(alert)


def _text_of_story(alert: Alert) -> list[str]:
    shown = select(alert, new_max=TEXT_NEW_MAX)
    return [
        _flow(standing(alert)),
        *_new(shown),
        *_changed(shown, alert),
        *_known(shown),
        *_written(alert),
        safe_link(alert.url or "") or "",
        "\n".join([_flow(f"WHY  {why(alert)}", rest="     "), _hint(alert)]),
    ]


def _text_of_source(alert: SourceAlert) -> list[str]:
    told = account(alert)
    facts = [line for label, text in told.facts for line in _entry(text, _margin(label))]
    looks = [_margin("" if n else "LOOK") + command for n, command in enumerate(told.commands)]  # whole, to be pasted
    return [
        _flow(told.meaning),
        "\n".join([*facts, *looks]),
        told.rest,
        f"where this was sent: monitor why {alert.id}  {short_id(alert)}",
    ]


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
        "unsure": alert.is_unsure,
        "written": _written_json(alert.written),
        "novelty": alert.novelty,
        "threshold": alert.threshold,
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
        "created": alert.created.isoformat(),
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
            lines += [line for known in befores(group) for line in _entry(_known_line(known), f"    {other:<5}")]
        blocks.append("\n".join(lines))
    return blocks


def _known(shown: Selection) -> list[str]:
    lines: list[str] = []
    for quote in shown.known:
        lines += _entry(f"{clean(quote.text)} — {known_since(quote.evidence)}", " =  ")
    if shown.known_more:
        lines.append(f"  + {shown.known_more} more")
    return ["\n".join(["ALREADY KNOWN", *lines])] if lines else []


def _written(alert: Alert) -> list[str]:
    if alert.written is None:
        return []
    lines = [line for bullet in alert.written.bullets for line in _entry(clean(bullet.text), " ~  ")]
    return ["\n".join([*_entry(by_machine(alert.written), f"{WRITTEN} "), *lines])]


def _known_line(known: Known) -> str:
    return placed(known.text, origin(known.outlet, known.date))


def _hint(alert: Alert) -> str:
    return f"     why, and how to mute it: monitor why {alert.id}  {short_id(alert)}"


def _chat_frame(alert: AnyAlert) -> tuple[str, list[str]]:
    """Return the line under the headline, and the last lines."""
    match alert:
        case Alert():
            below, foot = standing(alert), [safe_link(alert.url or ""), f"{why(alert)} {short_id(alert)}"]
        case SourceAlert():
            told = account(alert)
            below, foot = told.meaning, [told.rest, short_id(alert)]
        case _:
            assert_never(alert)
    return below, [line for line in foot if line]


def _chat_evidence(alert: AnyAlert, room: int) -> list[str]:
    match alert:
        case Alert():
            return _chat_sentences(alert, room)
        case SourceAlert():
            return _chat_facts(account(alert), room)
        case _:
            assert_never(alert)


def _chat_facts(told: Account, room: int) -> list[str]:
    """Return the lines about a source that fit: those from the last give way first."""
    lines = [*(f"{label.capitalize()}: {text}" for label, text in told.facts), *told.commands]
    sizes = range(len(lines), 0, -1)
    return next((lines[:kept] for kept in sizes if len("\n".join(lines[:kept])) <= room), [])


def _chat_sentences(alert: Alert, room: int) -> list[str]:
    """Return the lines that fit: what a machine wrote gives way first, whole, then known sentences, then findings."""
    lines = _chat_quotes(alert, room)
    written = _chat_written(alert)
    return [*lines, *written] if len("\n".join([*lines, *written])) <= room else lines


def _chat_written(alert: Alert) -> list[str]:
    if alert.written is None:
        return []
    bullets = [f"~ {clean(bullet.text)}" for bullet in alert.written.bullets]
    return [f"{WRITTEN} {by_machine(alert.written)}", *bullets]


def _chat_quotes(alert: Alert, room: int) -> list[str]:
    """Return the lines of evidence that fit: known sentences give way first, then findings from the last."""
    shown = select(alert, new_max=CHAT_NEW_MAX, known_max=CHAT_KNOWN_MAX)
    found = _chat_findings(shown)
    known = [f"= {clean(quote.text)} — {known_since(quote.evidence)}" for quote in shown.known]
    sizes = [(len(found), kept) for kept in range(len(known), -1, -1)]
    sizes += [(kept, 0) for kept in range(len(found) - 1, -1, -1)]
    for findings, reminders in sizes:
        more = shown.new_more + len(found) - findings
        lines = [*found[:findings], *([f"+ {more} more new"] if more else []), *known[:reminders]]
        if len("\n".join(lines)) <= room:
            return lines
    return []


def _chat_findings(shown: Selection) -> list[str]:
    changed = [_chat_change(group) for group in by_sentence(shown.changed)]
    return changed + [f"• {placed(quote.text, whence(quote))}" for quote in shown.new]


def _chat_change(group: list[Change]) -> str:
    values = "; ".join(change_line(change) for change in group)
    before = "; ".join(_known_line(known) for known in befores(group))
    word = "against" if group[0].relation is Relation.CONTRADICTS else "before"
    return f"• {values}: {clean(group[0].sentence)} ({word}: {before})"


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

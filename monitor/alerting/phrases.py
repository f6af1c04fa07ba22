"""Phrases: the short wordings that every rendering of an alert shares, and what of an alert is shown.

In:  the facts of an alert.
Out: clean phrases of one line; the selection of sentences to show.
Not here: layout (render.py, html_mail.py, cli/face.py).
"""

import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import assert_never

from monitor.alerting.escape import clean, html
from monitor.model.delivery import AnyAlert
from monitor.model.judgement import Alert, Change, Confirmation, Known, KnownQuote, Quote, Relation, Severity, Written
from monitor.text.disguise import DISGUISED

CHANGED_MAX = 6  # changed values; an article with more is another article
KNOWN_MAX = 4  # known sentences shown, and
KNOWN_CHARS = 600  # their characters together: the known is a reminder, not the message
CORRECTS = "correction of an earlier version"
OUTLETS_MAX = 6  # named; the rest is counted
FOUND_BYTES = 30_000  # of HTML for what is new, and as many for what changed: mail programs cut off long mails
NAME_MAX = 100  # characters
HEADLINE_MAX = 1_000  # characters; one that is longer is cut at a word
WRITTEN = "MACHINE-WRITTEN"
MUTED = "4h"
UNSURE = "unsure"
UNTITLED = "(without a title)"
_DATE = re.compile(r"\b\d{1,2} [A-Z][a-z]{2} \d{4}\b")
_BOND = "\0"  # stands for a space that must not end a line; clean text has none of its own
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What of an alert is shown, and how much is only counted."""

    new: tuple[Quote, ...]  # without the sentences that stand under `changed`
    new_more: int
    changed: tuple[Change, ...]
    known: tuple[KnownQuote, ...]
    known_more: int


def select(alert: Alert, *, new_max: int, known_max: int = KNOWN_MAX) -> Selection:
    """Return what to show of an alert: whole sentences, at most new_max new and known_max known ones."""
    shown = alert.changed[: _room(map(_told, alert.changed[:CHANGED_MAX]))]
    changed = {change.sentence for change in shown}
    new = tuple(quote for quote in alert.new if quote.text not in changed)[:new_max]
    new = new[: _room(quote.text for quote in new)]
    known = _fitting(alert.known, known_max)
    return Selection(
        new=new,
        new_more=max(0, alert.new_count - len(new) - len(changed)),
        changed=shown,
        known=known,
        known_more=len(alert.known) - len(known),
    )


def day(date: datetime) -> str:
    """Return the day as `12 Apr 2023`, whatever the locale."""
    return f"{date.day} {_MONTHS[date.month - 1]} {date.year}"


def moment(time: datetime) -> str:
    """Return the minute as `12 Apr 2023, 08:15 UTC`.

    time: aware, UTC.
    """
    return f"{day(time)}, {time.hour:02}:{time.minute:02} UTC"


def duration(span: timedelta) -> str:
    """Return `2 d 4 h`, `3 h 10 min` or `5 min`: whole minutes, in the two largest units that are not 0."""
    minutes = max(0, span // timedelta(minutes=1))
    units = ((minutes // (24 * 60), "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min"))
    return " ".join([f"{count} {unit}" for count, unit in units if count][:2]) or "less than a minute"


def known_since(known: Known) -> str:
    """Return since when and from whom a sentence is known: `known since 12 Apr 2023 (AP)`."""
    since = f"known since {day(known.date)}" if known.date else "already known"
    return f"{since} ({name(known.outlet)})" if known.outlet else since


def origin(outlet: str, date: datetime | None) -> str:
    """Return `AP, 12 Apr 2023`, or the part of it that there is."""
    return ", ".join(part for part in (name(outlet), day(date) if date else "") if part)


def whence(quote: Quote) -> str:
    """Return where a new sentence stands, and whether it may be known all the same: `AP, 12 Apr 2023, unsure`."""
    return ", ".join(filter(None, [origin(quote.outlet, quote.date), UNSURE if quote.is_unsure else ""]))


def quote_origin(sentence: str, alert: Alert) -> str:
    """Return where a sentence of the alert stands, or nothing if it is not among its quotes."""
    return next((origin(quote.outlet, quote.date) for quote in alert.new if quote.text == sentence), "")


def short_id(alert: AnyAlert) -> str:
    """Return the visible id that joins a chat message, a mail and the command line: `[#4f2a]`."""
    return f"[#{alert.id[:4]}]"


def counts(new: int, of: int) -> str:
    """Return `6 new of 14 sentences`."""
    return f"{new} new of {of} {'sentence' if of == 1 else 'sentences'}"


def voices(outlets: Sequence[str], independent: int) -> str:
    """Return who reports it and how far that confirms it."""
    names = [name(outlet) for outlet in outlets]
    if not names:
        return "outlet unknown, not confirmed by another outlet"
    if len(names) == 1:
        return f"{names[0]} only, not confirmed by another outlet"
    more = f" + {len(names) - OUTLETS_MAX} more" if len(names) > OUTLETS_MAX else ""
    return f"{independent} independent of {len(names)} outlets: {', '.join(names[:OUTLETS_MAX])}{more}"


def stand(alert: Alert) -> str:
    """Return how an alert stands where several sources are asked for: `unconfirmed: one source`; else nothing.

    One that only tells who confirmed another says that.
    """
    if alert.confirms:
        return confirmed_by(alert)
    sources = "one source" if alert.independent == 1 else f"{alert.independent} sources"
    match alert.confirmation:
        case None:
            return ""
        case Confirmation.WAITING:
            return f"held: {sources}"
        case Confirmation.CONFIRMED:
            return "confirmed"
        case Confirmation.UNCONFIRMED:
            return f"unconfirmed: {sources}"
        case Confirmation.DROPPED:
            return f"dropped: {sources}"
        case _:
            assert_never(alert.confirmation)


def confirmed_by(alert: Alert) -> str:
    """Return who confirmed what was told as unconfirmed: `confirmed by AFP`."""
    outlets = filter(None, (name(claim.outlet) for claim in alert.claims[:1]))
    return f"confirmed by {next(outlets, 'another source')}"


def gain(alert: Alert) -> str:
    """Return how much of its article is new: `6 new of 14 sentences`; nothing where it tells who confirmed another."""
    return "" if alert.confirms else counts(alert.new_count, alert.sentence_count)


def name(text: str) -> str:
    """Return what a watch, an outlet or a match is called; a name that is no name is cut at a word."""
    return shortened(clean(text), NAME_MAX)


def headline(alert: Alert) -> str:
    """Return the fact itself, on one clean line."""
    return shortened(clean(alert.headline), HEADLINE_MAX) or UNTITLED


def severe(severity: Severity) -> str:
    """Return `HIGH` or `CRITICAL`; nothing for what matters less."""
    return severity.upper() if severity in (Severity.HIGH, Severity.CRITICAL) else ""


def counted(alert: Alert) -> str:
    """Return what the line under the headline says at least."""
    sources = f"now {alert.independent} independent of {len(alert.outlets)} outlets" if alert.confirms else ""
    return " · ".join(filter(None, [severe(alert.severity), stand(alert), gain(alert), sources]))


def standing(alert: Alert) -> str:
    """Return the line under the headline: severity, watch, counts, outlets, and which update or correction this is."""
    parts = [
        *filter(None, [severe(alert.severity), stand(alert)]),
        name(alert.watch),
        *([CORRECTS] if alert.corrects else []),
        *filter(None, [gain(alert)]),
        f"{'now ' if alert.confirms else ''}{voices(alert.outlets, alert.independent)}",
    ]
    if alert.revision > 1:
        parts.append(f"update {alert.revision} of this story")
    if alert.is_unsure:
        parts.append("unsure: most of what is known is in other languages, so it may be known")
    return " · ".join(parts)


def matched(words: Sequence[str], disguised: Sequence[str] = ()) -> str:
    """Return `matched MINUSMA, Mali`, or that every article counts; disguised: which of the words are hidden."""
    shown = [name(word) + (f" ({DISGUISED})" if word in disguised else "") for word in words]
    return f"matched {', '.join(shown)}" if words else "matched every article"


def why(alert: Alert) -> str:
    """Return why the reader got this: the words that matched, and novelty against its threshold."""
    if alert.confirms:
        sent = ", ".join(f"[#{clean(each)[:4]}]" for each in alert.confirms)
        return f"{matched(alert.matched, alert.disguised)} · sent as unconfirmed: {sent}"
    return f"{matched(alert.matched, alert.disguised)} · novelty {alert.novelty:.2f} (threshold {alert.threshold:.2f})"


def mute(alert: Alert) -> str:
    """Return the command that silences what else comes of the story; it goes into the digest."""
    return f"monitor silence add --story {clean(alert.story)} --for {MUTED}"


def by_machine(written: Written) -> str:
    """Return who wrote it, and what to think of it: `by MODEL from sentences above: trust those`."""
    return f"by {clean(written.model)} from the sentences of this alert; where they differ, trust the sentences"


def change_line(change: Change) -> str:
    """Return `300 → 500 — dead in Moura`, or `500 against 300 (AP) — …` where two sources differ."""
    if _is_disputed(change):
        place = f" ({name(change.before.outlet)})" if change.before.outlet else ""
        values = f"{clean(change.now)} against {clean(change.was)}{place}"
    else:
        values = f"{clean(change.was)} → {clean(change.now)}"
    return f"{values} — {clean(change.what)}" if clean(change.what) else values


def shortened(text: str, limit: int) -> str:
    """Return clean text, over the limit cut at a word and ended by an ellipsis.

    limit: characters, the ellipsis included.
    """
    return text if len(text) <= limit else text[: max(0, limit - 1)].rsplit(" ", 1)[0] + "…"


def by_sentence(changes: Sequence[Change]) -> list[list[Change]]:
    """Return the changes in groups of one kind that stand in one sentence, so that it need be quoted only once."""
    groups: dict[tuple[str, Relation], list[Change]] = {}
    for change in changes:
        groups.setdefault((change.sentence, change.relation), []).append(change)
    return list(groups.values())


def heading(change: Change) -> tuple[str, str, str]:
    """Return the heading that a change stands under, and the words before the new sentence and the other one.

    What two sources tell at one time is no change: both say it.
    """
    return ("SOURCES DIFFER", "says", "says") if _is_disputed(change) else ("CHANGED", "now", "was")


def by_heading(changes: Sequence[Change]) -> list[list[list[Change]]]:
    """Return the changes by sentence, those of one heading together: what changed, then where sources differ."""
    groups = by_sentence(changes)
    disputed = [group for group in groups if _is_disputed(group[0])]
    return [each for each in ([group for group in groups if group not in disputed], disputed) if each]


def _is_disputed(change: Change) -> bool:
    return change.relation is Relation.CONTRADICTS


def befores(changes: Sequence[Change]) -> list[Known]:
    """Return the known sentences behind the changes, each once."""
    return list(dict.fromkeys(change.before for change in changes))


def placed(sentence: str, place: str) -> str:
    """Return the clean sentence with the place where it stands, if that is known."""
    return f"{clean(sentence)} — {place}" if place else clean(sentence)


def known_line(known: Known) -> str:
    """Return a known sentence with the place where it stands."""
    return placed(known.text, origin(known.outlet, known.date))


def wrapped(text: str, *, first: str, rest: str, width: int) -> list[str]:
    """Return clean text as lines of at most `width` characters behind their indents; no character is lost.

    A date stays together; a word longer than a line (a link) stands alone on a longer one.
    """
    bound = _DATE.sub(lambda date: date.group().replace(" ", _BOND), text)
    lines = textwrap.wrap(
        bound, width, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )
    return [line.replace(_BOND, " ") for line in lines]


def _room(texts: Iterable[str]) -> int:
    """Return how many of the texts, from the first, fit the budget of a mail together."""
    return sum(total <= FOUND_BYTES for total in accumulate(len(html(text).encode()) for text in texts))


def _told(change: Change) -> str:
    return f"{change.what} {change.was} {change.now} {change.sentence} {change.before.text}"


def _fitting(known: Sequence[KnownQuote], most: int) -> tuple[KnownQuote, ...]:
    """Return the first known sentences that fit the budget together; a long one is passed over, never cut."""
    chosen: list[KnownQuote] = []
    left = KNOWN_CHARS
    for quote in known:
        if len(chosen) < most and len(quote.text) <= left:
            chosen.append(quote)
            left -= len(quote.text)
    return tuple(chosen)

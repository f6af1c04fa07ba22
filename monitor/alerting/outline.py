"""Outline: what a short message tells of an alert, in the order in which it gives way.

In:  an alert of any kind.
Out: Outline: clean lines with styles, the same for every format.
Not here: what fits (formats.py), how a format writes it (message.py), mail (render.py, html_mail.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, assert_never

from monitor.alerting import digests
from monitor.alerting.escape import clean, safe_link, site
from monitor.alerting.message import Line, Span, Style
from monitor.alerting.namesakes import SPELT, same_names
from monitor.alerting.phrases import (
    WRITTEN,
    befores,
    by_machine,
    by_sentence,
    change_line,
    counted,
    headline,
    known_line,
    known_since,
    mute,
    select,
    short_id,
    standing,
    whence,
    why,
)
from monitor.alerting.sources import Account, account
from monitor.model.delivery import AnyAlert, ChannelAlert, Digest, DigestItem
from monitor.model.judgement import Alert, Change, Quote, Relation, SourceAlert, Written

NEW_MAX: Final = 3  # new sentences: it must be read at a glance
KNOWN_MAX: Final = 1
READ: Final = "read at"  # the host follows: a link says where it leads

Piece = tuple[Line, ...]  # is shown whole or not at all


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was found, and what it is held against."""

    found: tuple[Piece, ...]  # most telling first; the last gives way first
    hidden: int = 0  # found, but only counted from the start
    more: str = "+ {} more new"  # beside some that are shown
    none: str = ""  # where none is: the headline or the line under it has counted them
    brief: Line = ()  # the first finding, where it has no room whole
    extra: tuple[Piece, ...] = ()  # gives way before anything that was found, the last first

    @property
    def first(self) -> Piece:
        """The most telling finding."""
        return self.found[0] if self.found else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What a message says, from its first line to its last."""

    headline: str
    standing: Line
    counted: Line  # the standing where there is little room
    evidence: Evidence
    link: Line
    foot: tuple[Line, ...]  # the last line, why, stays longest; the one before it gives way first
    id: str


def outline(alert: AnyAlert) -> Outline:
    """Return what a short message tells of an alert."""
    match alert:
        case Alert():
            return _of_story(alert)
        case SourceAlert() | ChannelAlert():
            return _of_account(account(alert), alert)
        case Digest():
            return _of_digest(alert)
        case _:
            assert_never(alert)


def _of_story(alert: Alert) -> Outline:
    shown = select(alert, new_max=NEW_MAX, known_max=KNOWN_MAX)
    found = [*map(_change, by_sentence(shown.changed)), *map(_quote, shown.new)]
    known: list[Piece] = [
        ((Span(f"= {clean(quote.text)}"), *_aside(known_since(quote.evidence))),) for quote in shown.known
    ]
    return Outline(
        headline=headline(alert),
        standing=(Span(standing(alert)),),
        counted=(Span(counted(alert)),),
        evidence=Evidence(
            found=tuple(found),
            hidden=shown.new_more,
            brief=_brief(shown.changed),
            extra=(*known, *_names(alert), *_written(alert.written)),
        ),
        link=_link(alert.url),
        foot=((Span("mute: "), Span(mute(alert), Style.COMMAND)), (Span(why(alert)),)),
        id=short_id(alert),
    )


def _change(group: Sequence[Change]) -> Piece:
    values = "; ".join(change_line(change) for change in group)
    before = "; ".join(known_line(known) for known in befores(group))
    word = "against" if group[0].relation is Relation.CONTRADICTS else "before"
    said = Span(f": {clean(group[0].sentence)}")
    return ((Span("• "), Span(values, Style.FACT), said, Span(f" ({word}: {before})")),)


def _brief(changed: Sequence[Change]) -> Line:
    """Return the values of what changed first, without the sentences."""
    return (Span("• "), Span("; ".join(map(change_line, by_sentence(changed)[0])), Style.FACT)) if changed else ()


def _quote(quote: Quote) -> Piece:
    return ((Span(f"• {clean(quote.text)}"), *_aside(whence(quote))),)


def _names(alert: Alert) -> tuple[Piece, ...]:
    names = same_names(alert)
    return (((Span(f"{SPELT.capitalize()}: {names}"),),),) if names else ()


def _written(written: Written | None) -> tuple[Piece, ...]:
    if written is None:
        return ()
    bullets = [(Span(f"~ {clean(bullet.text)}"),) for bullet in written.bullets]
    return (((Span(f"{WRITTEN} {by_machine(written)}"),), *bullets),)


def _aside(place: str) -> Line:
    return (Span(" — "), Span(place, Style.ASIDE)) if place else ()


def _link(url: str | None) -> Line:
    address = safe_link(url or "")
    return (Span(f"{READ} {site(address)}", url=address),) if address else ()


def _of_account(told: Account, alert: SourceAlert | ChannelAlert) -> Outline:
    facts: list[Piece] = [((Span(f"{label.capitalize()}: {text}"),),) for label, text in told.facts]
    commands: list[Piece] = [((Span(command, Style.COMMAND),),) for command in told.commands]
    return Outline(
        headline=told.headline,
        standing=(Span(told.meaning),),
        counted=(Span(told.meaning),),
        evidence=Evidence(found=(*facts, *commands), more=""),
        link=_link(told.rest) if told.is_whole else (Span(told.rest),),
        foot=(),
        id=short_id(alert),
    )


def _of_digest(digest: Digest) -> Outline:
    found: list[Piece] = []
    for group in (listed := digests.groups(digest)):
        first, *others = (_item(item, digest) for item in group.items)
        found += [((), (Span(group.label, Style.ASIDE),), *first) if len(listed) > 1 else first, *others]
    return Outline(
        headline=digests.headline(digest),
        standing=(Span(digests.standing(digest)),),
        counted=(Span(digests.counted(digest)),),
        evidence=Evidence(
            found=tuple(found),
            more=f"+ {{}} more: {digests.command(digest)}",
            none=f"all of it: {digests.command(digest)}",
        ),
        link=(),
        foot=(),
        id=short_id(digest),
    )


def _item(item: DigestItem, digest: Digest) -> Piece:
    told = digests.told(item, digest)
    said: list[Line] = [(Span(line),) for line in (*told.changed, *told.new)]
    link = _link(item.url)
    facts: Line = (Span(told.facts, Style.ASIDE), *((Span(" · "), *link) if link else ()))
    return ((Span("• "), Span(told.headline, Style.FACT)), *said, facts)

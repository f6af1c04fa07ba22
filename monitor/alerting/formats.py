"""Formats: an alert as a short message that fits a channel, in the channel's own markup.

In:  an alert, a format, what the channel takes.
Out: Message: complete, escaped, within its limits.
Not here: what there is to say (outline.py), how a format writes it (message.py), mail (render.py, html_mail.py).

Nothing is ever cut inside a sentence, a link or a mark; whole parts give way. In this order: what a machine wrote;
names spelt otherwise; known sentences; what was found, from the last to the second; and so that the first one can stay,
how to mute, why, and the names in the standing. Of a change without room for its sentences the values stay. The
headline, the counts, the link and the short id stay. Where even they do not fit the headline is cut at a word, the only
cut there is; then the counts go, and at last a link longer than the channel.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from monitor.alerting.message import SYNTAX, Format, Line, Message, Span, Style, Syntax, size
from monitor.alerting.outline import Evidence, Outline, outline
from monitor.alerting.phrases import shortened
from monitor.model.delivery import AnyAlert

__all__ = ["FACES", "Face", "Format", "Message", "render"]

FACT: Final = 60  # characters of a headline that carry the fact; it is not cut shorter while anything else can go
HEADLINE: Final = 250  # of a headline that is not cut while why it came, and from whom, can go
BREAK: Final = 2  # characters between a title and its body, where a channel joins them


@dataclass(frozen=True, slots=True)
class Face:
    """What a service takes."""

    format: Format
    limit: int  # characters of title and body
    title_limit: int = 0


# What the services themselves allow, as Apprise 2.2 knows it. Slack's is of one block of text.
FACES: Final = {
    "telegram": Face(Format.TELEGRAM_HTML, 4_096),
    "matrix": Face(Format.MATRIX_HTML, 16_000),  # of the 64 kB of an event, the text and its plain form in any script
    "slack": Face(Format.SLACK, 3_000),
    "discord": Face(Format.DISCORD, 2_000),
    "google-chat": Face(Format.GOOGLE_CHAT, 4_000),
    "mattermost": Face(Format.MARKDOWN, 4_000),
    "rocketchat": Face(Format.MARKDOWN, 1_000),
    "zulip": Face(Format.MARKDOWN, 10_000, 60),
    "teams": Face(Format.MARKDOWN, 1_000, 250),
    "ntfy": Face(Format.TEXT, 4_096, 200),
    "irc": Face(Format.TEXT, 380),
    "sms": Face(Format.TEXT, 160),
    "chat": Face(Format.TEXT, 2_000, 250),  # any other
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """What stands around the evidence, and how much of the headline goes with it."""

    standing: Line
    link: Line
    foot: tuple[Line, ...]
    least: int  # characters of the headline for which there must be room

    def lines(self, syntax: Syntax) -> tuple[list[str], list[str]]:
        """Return the lines above and below the evidence."""
        above = [syntax.line(self.standing)] if self.standing else []
        return above, [syntax.line(line) for line in (self.link, *self.foot) if any(span.text for span in line)]


def render(alert: AnyAlert, format: Format, *, limit: int, title_limit: int) -> Message:  # noqa: A002 - the channel's word
    """Return an alert as a message for a chat.

    limit: of title and body together, in characters as the strictest services count them: a sign outside the first
        plane of Unicode is two.
    title_limit: 0 for a channel without titles: the headline begins the body. A headline over it stands cut at a word
        in the title, and whole in the body where there is room. The title is escaped as the body is.
    """
    told, syntax = outline(alert), SYNTAX[format]
    least = size(told.id) + BREAK + 2 * size(syntax.line_end)
    title = _cut(told.headline, min(title_limit, limit - least), syntax.escape) if title_limit else ""
    is_told = title == syntax.escape(told.headline)
    room = limit - size(title) - (BREAK if title else 0)
    frame = _frame(told, syntax, room, is_told=is_told)
    above, below = frame.lines(syntax)
    room -= _size([*above, "", *below], syntax)
    if not is_told:
        whole, space = syntax.fact(told.headline), room - size(syntax.line_end)
        heads = [whole] if size(whole) <= space else [] if title else [_cut(told.headline, space, syntax.fact)]
        above, room = [*heads, *above], room - _size(heads, syntax)
    above += _evidence(told.evidence, syntax, room)
    return Message(title=title, body=syntax.join([*above, *([""] if above else []), *below]), format=format)


def _frame(told: Outline, syntax: Syntax, room: int, *, is_told: bool) -> _Frame:
    """Return the fullest frame that has room for the first finding too; else the fullest that has room at all."""
    first = _size(map(syntax.line, told.evidence.first), syntax)
    frames = list(_frames(told))
    roomy = [(frame, first) for frame in frames if frame.least == HEADLINE]
    for frame, beside in (*roomy, *((frame, 0) for frame in frames[:-1])):
        above, below = frame.lines(syntax)
        headline = [] if is_told else [syntax.fact(shortened(told.headline, frame.least))]
        if _size([*headline, *above, "", *below], syntax) + beside <= room:
            return frame
    return frames[-1]


def _frames(told: Outline) -> Iterator[_Frame]:
    """Yield frames from the fullest to the barest, which always has to do."""
    *others, why = told.foot or ((),)
    bare: Line = (Span(told.id),)
    signed: Line = (*why, Span(" "), *bare) if why else bare
    for kept in range(len(others), -1, -1):
        yield _Frame(standing=told.standing, link=told.link, foot=(*others[:kept], signed), least=HEADLINE)
    yield _Frame(standing=told.standing, link=told.link, foot=(bare,), least=HEADLINE)
    yield _Frame(standing=told.counted, link=told.link, foot=(bare,), least=HEADLINE)
    yield _Frame(standing=told.counted, link=told.link, foot=(bare,), least=FACT)
    yield _Frame(standing=(), link=told.link, foot=(bare,), least=FACT)
    yield _Frame(standing=told.counted, link=(), foot=(bare,), least=FACT)
    yield _Frame(standing=(), link=(), foot=(bare,), least=0)


def _evidence(evidence: Evidence, syntax: Syntax, room: int) -> list[str]:
    """Return the lines that fit: whole pieces, and how many more there are; at least the values that changed."""
    brief = [syntax.line(evidence.brief), *_more(evidence, 1, syntax)]
    best = brief if evidence.brief and _size(brief, syntax) <= room else _more(evidence, 0, syntax)
    lines: list[str] = []
    taken = 0
    for kept, piece in enumerate((*evidence.found, *evidence.extra), start=1):
        lines += (added := [syntax.line(line) for line in piece])
        taken += _size(added, syntax)
        if taken > room:
            break
        more = _more(evidence, kept, syntax)
        if taken + _size(more, syntax) <= room:
            place = sum(map(len, evidence.found[:kept]))
            best = [*lines[:place], *more, *lines[place:]]
    return best if _size(best, syntax) <= room else []


def _more(evidence: Evidence, kept: int, syntax: Syntax) -> list[str]:
    """Return the line that counts what is not shown, if anything is not, or says where all of it is."""
    hidden = evidence.hidden + max(0, len(evidence.found) - kept)
    words = evidence.more.format(hidden) if kept else evidence.none
    return [syntax.line((Span(words, Style.ASIDE),))] if hidden and words else []


def _cut(text: str, room: int, write: Callable[[str], str]) -> str:
    """Return text as it is written in a format; where that takes more than the room, cut at a word."""
    if size(write(text)) <= room:
        return write(text)
    sizes = range(len(text) + 1)
    fits = bisect_right(sizes, room, key=lambda limit: size(write(shortened(text, limit)))) - 1
    return write(shortened(text, max(0, fits)))


def _size(lines: Iterable[str], syntax: Syntax) -> int:
    """Return what lines take, each with its end."""
    return sum(size(line) + size(syntax.line_end) for line in lines)

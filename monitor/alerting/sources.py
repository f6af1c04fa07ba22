"""Sources: the words of an alert about the program's own ends: a source that went blind, a channel that lost a message.

In:  a SourceAlert, frozen when the health of its feed changed; a ChannelAlert, frozen when a delivery was given up.
Out: an Account: clean lines, the same in every face.
Not here: layout (render.py, html_mail.py, outline.py), when a source counts as blind or a delivery as lost (pipeline/).
"""

import shlex
from dataclasses import dataclass
from typing import Final, assert_never

from monitor.alerting.escape import clean, safe_link
from monitor.alerting.phrases import NAME_MAX, duration, moment, shortened
from monitor.model.delivery import ChannelAlert
from monitor.model.feed import SourceState
from monitor.model.judgement import SourceAlert

PLACED_MAX: Final = 100  # characters of an address in a headline; a longer one stands below
LOST_MAX: Final = 250  # characters of the headline of what was lost
REASON_MAX: Final = 300  # characters; it may hold what a server said
ELLIPSIS: Final = "…"  # ends the public form of an address whose query is not shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What is told of a source or a channel. Every line is clean and can stand alone."""

    headline: str  # the fact
    meaning: str  # for the reader
    when: str
    why: str  # as whoever asked put it; "" if they said nothing
    following: str  # what is done about it
    commands: tuple[str, ...]  # to look closer, as they can be typed
    address: str | None = None  # of the feed, in a form that may be shown
    is_whole: bool = False  # the address leads to the feed: nothing of it had to be hidden

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """Labels with their lines, most telling first."""
        labelled = (("WHEN", self.when), ("WHY", self.why), ("NEXT", self.following))
        return tuple((label, line) for label, line in labelled if line)

    @property
    def rest(self) -> str:
        """The address where the headline does not show it, else nothing."""
        return self.address if self.address and self.address not in self.headline else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    fact: str
    meaning: str
    when: str
    following: str


def account(alert: SourceAlert | ChannelAlert) -> Account:
    """Return what is told: the fact, what it means, since when, why, what is done and what to do."""
    return _of_source(alert) if isinstance(alert, SourceAlert) else _of_channel(alert)


def _of_channel(alert: ChannelAlert) -> Account:
    """Return what is told of a channel that lost a message. Which one brings this news is not known here."""
    name, headline = clean(alert.channel), shortened(clean(alert.headline), LOST_MAX)
    messages = "1 message" if alert.lost == 1 else f"{alert.lost:,} messages"
    return Account(
        headline=clean(f"Channel {name} lost: {headline}"),
        meaning=f"{messages} to {name} so far could not be delivered and were given up; you may have missed them.",
        when=moment(alert.created),
        why=shortened(clean(alert.reason), REASON_MAX),
        following="It is kept, and can be sent again when the channel works. Further losses are told now and then.",
        commands=(
            f"monitor resend {clean(alert.of)}",
            *_channel_commands(alert.channel),
            "monitor alerts --state dead",
        ),
    )


def _channel_commands(channel: str) -> tuple[str, ...]:
    return () if clean(channel) != channel or not channel else (f"monitor channel test {_quoted(channel)}",)


def _of_source(alert: SourceAlert) -> Account:
    if alert.several:
        return _of_several(alert)
    words = _words(alert)
    address = safe_link(alert.url or "")
    return Account(
        headline=_headline(alert, words, address),
        meaning=words.meaning,
        when=words.when,
        why=_reason(alert),
        following=words.following,
        commands=_commands(alert.feed),
        address=address,
        is_whole=not (address or "").endswith(ELLIPSIS),
    )


def _of_several(alert: SourceAlert) -> Account:
    """Return what is told of feeds that fail together: of one host, or of all."""
    host, since, now = clean(alert.feed.removeprefix("*").removeprefix(".")), moment(alert.since), moment(alert.created)
    feeds = f"{alert.several:,} of {alert.of:,} feeds{f' of {host}' if host else ''}"
    named = ", ".join(shortened(clean(each), NAME_MAX) for each in alert.named)
    if alert.state is SourceState.BACK:
        rest = f" Still failing: {named}; you are told of those that go on." if named else ""
        return Account(
            headline=f"Sources back: {feeds} answer",
            meaning=f"They were blind for {duration(alert.created - alert.since)}. What they listed and dropped again "
            "in that time may have been missed.",
            when=f"from {since} to {now}",
            why="",
            following=f"They are asked again as before.{rest}",
            commands=("monitor feed list",),
        )
    more = f" and {alert.several - len(alert.named):,} more" if alert.several > len(alert.named) else ""
    place = "their host answers" if host else "this machine reaches the network"
    return Account(
        headline=f"Sources down: {feeds} cannot be reached",
        meaning=f"While this lasts, nothing from them can alert you. See whether {place}: {named}{more}.",
        when=f"since {since}",
        why=_reason(alert),
        following="They are asked again, less often, until they answer; you are told once when most of them do.",
        commands=("monitor feed list",),
    )


def _reason(alert: SourceAlert) -> str:
    """Return why, without the address that errors begin with: it is shown already."""
    return shortened(clean(alert.reason.removeprefix(f"{alert.url}: ")), REASON_MAX)


def _headline(alert: SourceAlert, words: _Words, address: str | None) -> str:
    """Return the fact, the source and, where something is wrong, its address."""
    is_placed = address is not None and len(address) <= PLACED_MAX and alert.state is not SourceState.BACK
    return clean(f"{words.fact}: {alert.feed} ({address})" if is_placed else f"{words.fact}: {alert.feed}")


def _words(alert: SourceAlert) -> _Words:
    since, now = moment(alert.since), moment(alert.created)
    match alert.state:
        case SourceState.DOWN:
            return _Words(
                fact="Source down",
                meaning="While this lasts, nothing from this source can alert you.",
                when=f"since {since}",
                following="It is asked again, less often, until it answers; you are told once when it does.",
            )
        case SourceState.SILENT:
            return _Words(
                fact="Source silent",
                meaning="It answers, but lists nothing new. While this lasts, nothing from this source can alert you.",
                when=f"nothing new since {since}",
                following="It is asked again as before; you are told once when something new comes.",
            )
        case SourceState.GAP:
            return _Words(
                fact="Source may have lost entries",
                meaning=(
                    "It may have listed entries and dropped them again between two polls. Such entries were never "
                    "seen here, and nothing in them can alert you."
                ),
                when=f"between {since} and {now}",
                following="What it lists now is read as always. A shorter `every` for this feed makes gaps rarer.",
            )
        case SourceState.BACK:
            return _Words(
                fact="Source back",
                meaning=(
                    f"It was blind for {duration(alert.created - alert.since)}. What it listed and dropped again in "
                    "that time may have been missed; what it lists now is read."
                ),
                when=f"from {since} to {now}",
                following="It is asked again as before.",
            )
        case _:
            assert_never(alert.state)


def _commands(feed: str) -> tuple[str, ...]:
    """Return the commands that tell more, safe to paste: a name may come from a file that somebody else wrote.

    A name that cannot be shown as it is written cannot be typed either; the list shows what there is.
    """
    if clean(feed) != feed or not feed:
        return ("monitor feed list",)
    return (f"monitor feed show {_quoted(feed)}", f"monitor feed test {_quoted(feed)}")


def _quoted(name: str) -> str:
    return f"-- {shlex.quote(name)}" if name.startswith("-") else shlex.quote(name)

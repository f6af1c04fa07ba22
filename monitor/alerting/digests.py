"""Digests: the words of one message about many alerts.

In:  a Digest, frozen when it was made.
Out: its headline, its standing, its items by watch, each in clean lines that can stand alone.
Not here: layout (render.py, html_mail.py, outline.py), what waits for a digest and how long (pipeline/).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, assert_never

from monitor.alerting.escape import clean, html, safe_link
from monitor.alerting.phrases import duration, moment, name, severe, shortened, voices
from monitor.model.delivery import Digest, DigestItem, Wait
from monitor.model.judgement import Severity

WATCHES_MAX: Final = 3  # named in the headline; the rest is counted
HEADLINE_MAX: Final = 250  # characters of an item's headline; a longer one is cut at a word
SHORT: Final = 88_000  # bytes of HTML; Gmail cuts off what goes beyond 102,000
LONGEST: Final = 800_000  # bytes of HTML for headlines alone, where the short form has no room for them
LINE_BYTES: Final = 75  # what a line of an item takes besides its words
_RANK: Final = {each: -place for place, each in enumerate(Severity)}
SOURCES: Final = "sources"  # what alerts of no watch are about


class Detail(IntEnum):
    """How much is told of an item."""

    NOTHING = 0  # it is counted
    HEADLINE = 1
    FACTS = 2  # what changed, who says so and where
    WHOLE = 3  # new sentences too


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The items of one watch, the severest first, else the oldest."""

    label: str
    items: tuple[DigestItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is told of one item."""

    headline: str
    changed: tuple[str, ...]
    new: tuple[str, ...]
    facts: str  # how severe, who says so, when, why it stands here, its id
    address: str | None


def headline(digest: Digest) -> str:
    """Return how many alerts of what, and why they come together: `12 alerts of mali: quiet hours “night” are over`."""
    return f"{_alerts(len(digest.items))}{_subject(digest)}: {_reason(digest)}"


def standing(digest: Digest) -> str:
    """Return the line under the headline: how severe, of how many stories, since when."""
    stories = len({item.story for item in digest.items if item.story})
    told = f"{stories} {'story' if stories == 1 else 'stories'}" if stories else ""
    span = f"since {moment(digest.since)} ({duration(digest.created - digest.since)})"
    return " · ".join(filter(None, [_severities(digest.items), told, span]))


def counted(digest: Digest) -> str:
    """Return the same where there is little room."""
    return _severities(digest.items) or f"since {moment(digest.since)}"


def command(digest: Digest) -> str:
    """Return what lists all of it."""
    return f"monitor alerts --digest {clean(digest.id)}"


def groups(digest: Digest) -> tuple[Group, ...]:
    """Return the items by watch: the watch with the severest item first, else with the oldest."""
    ordered = sorted(digest.items, key=lambda item: _RANK[item.severity])
    watches = dict.fromkeys(item.watch for item in ordered)
    found = ((watch, tuple(item for item in ordered if item.watch == watch)) for watch in watches)
    return tuple(Group(label=f"{_watch(watch)} · {_alerts(len(items))}", items=items) for watch, items in found)


def told(item: DigestItem, digest: Digest) -> Told:
    """Return what is told of an item."""
    why = waited(item.why) if item.why is not digest.why else ""
    facts = [severe(item.severity), _voices(item), moment(item.created), why, f"[#{clean(item.alert)[:4]}]"]
    return Told(
        headline=shortened(clean(item.headline), HEADLINE_MAX),
        changed=tuple(map(clean, item.changed)),
        new=tuple(map(clean, item.new)),
        facts=" · ".join(filter(None, facts)),
        address=safe_link(item.url or ""),
    )


def details(digest: Digest) -> dict[DigestItem, Detail]:
    """Return how much a mail tells of each item, so that it stays within what mail programs show.

    New sentences give way first, then what changed and who says so, both from the last item; where the headlines alone
    are too many for any mail server the last ones are only counted.
    """
    items = [item for group in groups(digest) for item in group.items]
    costs = {item: _costs(told(item, digest)) for item in items}
    steps = ((SHORT, Detail.WHOLE), (SHORT, Detail.FACTS), (LONGEST, Detail.HEADLINE))  # the last one always has room
    rests = ((detail, budget - sum(cost[detail - 1] for cost in costs.values())) for budget, detail in steps)
    detail, left = next((detail, left) for detail, left in rests if left >= 0)
    less = Detail(detail - 1)
    found = {}
    for item in items:
        left -= costs[item][detail] - costs[item][less]
        found[item] = detail if left >= 0 else less
    return found


def _costs(told: Told) -> tuple[int, ...]:
    """Return about how many bytes of HTML an item takes with each Detail."""
    headline = _bytes(told.headline)
    facts = headline + _bytes(told.address or "") + sum(map(_bytes, (*told.changed, told.facts)))
    return 0, headline, facts, facts + sum(map(_bytes, told.new))


def _bytes(text: str) -> int:
    return len(html(text).encode()) + LINE_BYTES


def waited(why: Wait | None) -> str:
    """Return why an alert stands in a digest instead of having come by itself."""
    match why:
        case None:
            return "told by itself before"
        case Wait.CONFIRMATION:
            return "waits for a second source"
        case Wait.GROUP:
            return "came with others of its group"
        case Wait.QUIET:
            return "raised in quiet hours"
        case Wait.OVERFLOW:
            return "over what its route tells in an hour"
        case Wait.SCHEDULE:
            return "kept for the digest"
        case Wait.CONTEXT:
            return "background only"
        case Wait.SILENCED:
            return "silenced"
        case Wait.BACKLOG:
            return "raised while the channel was down"
        case _:
            assert_never(why)


def _reason(digest: Digest) -> str:
    """Return why its alerts come together."""
    called = f" “{name(digest.name)}”" if name(digest.name) else ""
    match digest.why:
        case Wait.CONFIRMATION:
            return "they waited for a second source"
        case Wait.GROUP:
            return "updates of one story" if digest.root else f"they came within the wait of group{called}"
        case Wait.QUIET:
            return f"quiet hours{called} are over"
        case Wait.OVERFLOW:
            return f"more than route{called} tells one by one in an hour"
        case Wait.SCHEDULE:
            return f"digest{called}"
        case Wait.CONTEXT:
            return "background only"
        case Wait.SILENCED:
            return f"silenced{called}"
        case Wait.BACKLOG:
            return "they waited while the channel was down"
        case _:
            assert_never(digest.why)


def _subject(digest: Digest) -> str:
    """Return what the alerts are of: their story where it is one, else their watches."""
    if digest.root and digest.items:
        return f" of “{shortened(clean(digest.items[-1].headline), HEADLINE_MAX)}”"
    watches = [_watch(watch) for watch in dict.fromkeys(item.watch for item in digest.items)]
    more = f" + {len(watches) - WATCHES_MAX} more" if len(watches) > WATCHES_MAX else ""
    return f" of {', '.join(watches[:WATCHES_MAX])}{more}" if watches else ""


def _watch(watch: str) -> str:
    return name(watch) or SOURCES


def _alerts(count: int) -> str:
    return f"{count} {'alert' if count == 1 else 'alerts'}"


def _severities(items: Iterable[DigestItem]) -> str:
    """Return how many are critical and high, if any are."""
    found = Counter(item.severity for item in items)
    return ", ".join(f"{found[each]} {each.upper()}" for each in (Severity.CRITICAL, Severity.HIGH) if found[each])


def _voices(item: DigestItem) -> str:
    return voices(item.outlets, item.independent) if item.watch else ""

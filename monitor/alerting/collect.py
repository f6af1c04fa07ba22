"""Collect: one digest out of many alerts.

In:  alerts that waited in one bucket, and what each waited for.
Out: Digest, frozen.
Not here: when it is made (pipeline/gather.py), how it looks (digests.py, render.py).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, assert_never

from monitor.alerting.phrases import change_line, stand
from monitor.alerting.render import subject
from monitor.model.delivery import AnyAlert, ChannelAlert, Digest, DigestItem, Wait
from monitor.model.ids import make_id
from monitor.model.judgement import Alert, Severity, SourceAlert

# New sentences of one alert, by how many alerts there are: nobody reads more, and the alert is one command away.
_GRAVITY: Final = (Severity.CRITICAL, Severity.HIGH, Severity.NORMAL, Severity.LOW)
QUOTED: Final = ((50, 2), (500, 1))


def digest_of(
    told: Sequence[tuple[AnyAlert, Wait | None]],
    *,
    why: Wait,
    name: str,
    channel: str,
    of: str,
    now: datetime,
    most: int | None = None,
) -> Digest:
    """Return the digest of alerts in their order, each with what it waited for.

    most: alerts that are told with sentences, the gravest and oldest ones; the others by their headlines.
    of: what makes this digest another one than the last of its name: its period, or its first member.
    """
    quoted = next((most for alerts, most in QUOTED if len(told) <= alerts), 0)
    items = tuple(item for alert, wait in told for item in _items(alert, wait, quoted))
    items = _shortened(items, most) if most is not None else items
    stories = {item.story for item in items}
    return Digest(
        id=make_id("digest", channel, str(why), name, of),
        why=why,
        name=name,
        root=stories.pop() if len(stories) == 1 else None,
        items=items,
        since=min((item.created for item in items), default=now),
        created=now,
    )


def _shortened(items: Sequence[DigestItem], most: int) -> tuple[DigestItem, ...]:
    gravest = sorted(items, key=lambda item: _GRAVITY.index(item.severity))[:most]
    kept = {item.alert for item in gravest}
    return tuple(item if item.alert in kept else replace(item, new=(), changed=()) for item in items)


def _items(alert: AnyAlert, why: Wait | None, quoted: int) -> tuple[DigestItem, ...]:
    match alert:
        case Alert():
            return (_of_story(alert, why, quoted),)
        case SourceAlert() | ChannelAlert():
            return (_of_health(alert, why),)
        case Digest():
            return alert.items
        case _:
            assert_never(alert)


def _of_story(alert: Alert, why: Wait | None, quoted: int) -> DigestItem:
    return DigestItem(
        alert=alert.id,
        watch=alert.watch,
        story=alert.story,
        headline=alert.headline,
        url=alert.url,
        new=tuple(quote.text for quote in alert.new[:quoted]),
        changed=(stand(alert),) if alert.confirms else tuple(change_line(change) for change in alert.changed),
        outlets=alert.outlets,
        independent=alert.independent,
        severity=alert.severity,
        why=why,
        created=alert.created,
    )


def _of_health(alert: SourceAlert | ChannelAlert, why: Wait | None) -> DigestItem:
    return DigestItem(
        alert=alert.id,
        watch="",
        story=None,
        headline=subject(alert),
        url=alert.url if isinstance(alert, SourceAlert) else None,
        new=(),
        changed=(),
        outlets=(),
        independent=0,
        severity=Severity.NORMAL,
        why=why,
        created=alert.created,
    )

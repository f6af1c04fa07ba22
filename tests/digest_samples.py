"""Digests, and alerts of channels, that several test files render, store or send."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.model.delivery import ChannelAlert, Digest, DigestItem, Wait
from monitor.model.judgement import Severity

SINCE = datetime(2023, 6, 18, 22, tzinfo=UTC)
MORNING = datetime(2023, 6, 19, 6, 30, tzinfo=UTC)


def item(number: int, **changes: object) -> DigestItem:
    """One of many alike, each at its own minute."""
    plain = DigestItem(
        alert=f"{number:04x}00000000d1ce",
        watch="mali",
        story=f"{number:04x}000000005704",
        headline=f"Convoy {number} leaves Gao for the airport",
        url=f"https://example.org/world/convoy-{number}",
        new=(f"Convoy {number} left Gao at dawn, the mission's spokesman said.",),
        changed=(),
        outlets=("Reuters",),
        independent=1,
        severity=Severity.NORMAL,
        why=Wait.QUIET,
        created=SINCE + timedelta(minutes=number),
    )
    return replace(plain, **changes)


def night() -> Digest:
    """What came in quiet hours: two watches, a source, a change, something severe, something silenced."""
    items = (
        item(1),
        item(2, watch="sahel", outlets=("AFP", "AP", "Reuters"), independent=2, why=Wait.SILENCED),
        item(
            3,
            headline="At least 500 killed in Moura, a UN inquiry finds",
            new=("A UN inquiry found that at least 500 people were killed in Moura in March 2022.",),
            changed=("300 → 500 — people killed in Moura",),
            severity=Severity.CRITICAL,
        ),
        item(4, watch="sahel", severity=Severity.HIGH, why=None, url=None),
        item(5, watch="", story=None, headline="Source down: wire", new=(), outlets=(), independent=0),
        item(6, why=Wait.CONTEXT, new=()),
    )
    return Digest(
        id="d16e570000000001", why=Wait.QUIET, name="night", root=None, items=items, since=SINCE, created=MORNING
    )


def storm(count: int = 500) -> Digest:
    """More than a route may tell one by one in an hour."""
    items = tuple(item(number, why=Wait.OVERFLOW) for number in range(count))
    return replace(night(), id="d16e570000000002", why=Wait.OVERFLOW, name="desk", items=items)


def updates() -> Digest:
    """Three updates of one story."""
    items = tuple(item(number, story="7f3a000000000001", why=Wait.GROUP) for number in (1, 2, 3))
    return replace(night(), id="d16e570000000003", why=Wait.GROUP, name="mali", root="7f3a000000000001", items=items)


def channel_alert() -> ChannelAlert:
    """A mail server that refuses, for the third time."""
    return ChannelAlert(
        id="c4a1000000000001",
        channel="desk-mail",
        reason="the mail server answered 550 no such user",
        lost=3,
        headline="US regrets Mali's decision, calls for “orderly and responsible” MINUSMA withdrawal",
        of="4f2a9c0d11223344",
        created=MORNING,
    )

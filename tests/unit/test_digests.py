"""A digest says how many alerts of what, and why they come together; then each, as much as there is room for."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from alert_samples import alert
from digest_samples import MORNING, SINCE, channel_alert, item, night, storm, updates
from source_samples import source_alert

from monitor.alerting import digests
from monitor.alerting.digests import Detail
from monitor.alerting.render import as_chat, as_html, as_json, as_text, subject
from monitor.alerting.sources import account
from monitor.model.delivery import AnyAlert, Digest, Wait
from monitor.model.judgement import Severity
from monitor.store.codec import dump_alert, load_alert

KINDS: list[AnyAlert] = [night(), updates(), storm(30), channel_alert()]


def test_the_text_of_digests_and_of_a_channel(golden: Callable[[Path, str], None], root: Path) -> None:
    golden(root / "tests/golden/digest.txt", ("=" * 78 + "\n").join(as_text(each).body for each in KINDS))


def test_the_html_of_digests_and_of_a_channel(golden: Callable[[Path, str], None], root: Path) -> None:
    golden(root / "tests/golden/digest.html", as_html(night()))
    golden(root / "tests/golden/channel.html", as_html(channel_alert()))


def test_the_json_of_digests_and_of_a_channel(golden: Callable[[Path, str], None], root: Path) -> None:
    golden(root / "tests/golden/digest.jsonl", "".join(json.dumps(as_json(each)) + "\n" for each in KINDS))


@pytest.mark.parametrize("each", KINDS, ids=lambda each: subject(each)[:20])
def test_what_is_stored_comes_back(each: AnyAlert) -> None:
    assert load_alert(dump_alert(each)) == each


def test_what_was_severe_when_it_was_stored_is_severe_when_it_comes_back() -> None:
    severe = replace(alert(), severity=Severity.HIGH)
    assert load_alert(dump_alert(severe)) == severe
    old = {key: value for key, value in json.loads(dump_alert(alert())).items() if key != "severity"}
    assert load_alert(json.dumps(old)) == alert()


def named(why: Wait, name: str = "night", *, root: str | None = None) -> str:
    return subject(replace(night(), why=why, name=name, root=root)).partition(": ")[2]


def test_the_headline_is_the_count_what_it_is_of_and_why() -> None:
    assert subject(night()) == "6 alerts of mali, sahel, sources: quiet hours “night” are over"
    assert subject(storm()) == "500 alerts of mali: more than route “desk” tells one by one in an hour"
    assert subject(updates()) == "3 alerts of “Convoy 3 leaves Gao for the airport”: updates of one story"
    assert {why: named(why) for why in Wait} == {
        Wait.CONFIRMATION: "they waited for a second source",
        Wait.GROUP: "they came within the wait of group “night”",
        Wait.QUIET: "quiet hours “night” are over",
        Wait.OVERFLOW: "more than route “night” tells one by one in an hour",
        Wait.SCHEDULE: "digest “night”",
        Wait.CONTEXT: "background only",
        Wait.SILENCED: "silenced “night”",
        Wait.BACKLOG: "they waited while the channel was down",
    }
    assert named(Wait.QUIET, "") == "quiet hours are over"
    many = replace(night(), items=tuple(item(n, watch=f"w{n}") for n in range(5)))
    assert subject(many).startswith("5 alerts of w0, w1, w2 + 2 more: ")
    assert subject(replace(night(), items=())).startswith("0 alerts: ")


def test_the_standing_tells_what_is_severe_how_many_stories_and_since_when() -> None:
    assert digests.standing(night()) == "1 CRITICAL, 1 HIGH · 5 stories · since 18 Jun 2023, 22:00 UTC (8 h 30 min)"
    assert digests.standing(updates()) == "1 story · since 18 Jun 2023, 22:00 UTC (8 h 30 min)"
    assert digests.counted(night()) == "1 CRITICAL, 1 HIGH"
    assert digests.counted(storm()) == "since 18 Jun 2023, 22:00 UTC"


def test_items_stand_by_watch_the_severest_first() -> None:
    found = digests.groups(night())
    assert [group.label for group in found] == ["mali · 3 alerts", "sahel · 2 alerts", "sources · 1 alert"]
    assert [each.alert[:4] for group in found for each in group.items] == [
        "0003",
        "0001",
        "0006",
        "0004",
        "0002",
        "0005",
    ]


def test_an_item_says_why_it_stands_there_unless_the_digest_says_so() -> None:
    facts = {each.why: digests.told(each, night()).facts for each in night().items}
    assert facts[Wait.QUIET].endswith("18 Jun 2023, 22:05 UTC · [#0005]")
    assert " · silenced · [#0002]" in facts[Wait.SILENCED]
    assert " · background only · " in facts[Wait.CONTEXT]
    assert facts[None].startswith("HIGH · ")
    assert " · told by itself before · " in facts[None]
    assert len({digests.waited(why) for why in (None, *Wait)}) == len(Wait) + 1


def test_a_mail_tells_of_all_items_and_stays_small() -> None:
    for count, least in ((40, Detail.WHOLE), (190, Detail.FACTS), (500, Detail.HEADLINE)):
        digest = storm(count)
        page, text = as_html(digest), as_text(digest).body
        assert len(page.encode()) < 100_000
        assert min(digests.details(digest).values()) is least
        for shown in (page, text):
            assert all(f"Convoy {n} leaves" in shown for n in range(count))
            assert not re.search(r"\+ \d+ more", shown)


def test_sentences_give_way_before_what_changed_and_that_before_headlines() -> None:
    known = [min(digests.details(storm(count)).values()) for count in (10, 100, 160, 180, 200, 240, 280, 400)]
    assert known == sorted(known, reverse=True)
    assert set(known) == {Detail.WHOLE, Detail.FACTS, Detail.HEADLINE}
    for count in (200, 280):
        order = list(digests.details(storm(count)).values())
        assert order == sorted(order, reverse=True)


def test_a_mail_that_no_server_would_take_counts_the_last_ones() -> None:
    digest = replace(storm(), items=tuple(item(n, headline="'" * 400) for n in range(700)))
    shown = [detail for detail in digests.details(digest).values() if detail is Detail.HEADLINE]
    page = as_html(digest)
    assert len(page.encode()) < 1_000_000
    assert f"+ {700 - len(shown)} more" in page
    assert f"+ {700 - len(shown)} more\n" in as_text(digest).body
    assert "monitor alerts --digest d16e570000000002" in page


def test_a_watch_whose_items_are_only_counted_has_no_heading() -> None:
    many = (*(item(n, headline="'" * 400) for n in range(700)), item(9_999, watch="quiet one"))
    assert "QUIET ONE" not in as_html(replace(storm(), items=many))
    assert "QUIET ONE" not in as_text(replace(storm(), items=many)).body


def test_a_chat_shows_what_fits_whole_and_counts_the_rest() -> None:
    body = as_chat(storm()).body
    shown = body.count("• Convoy")
    assert shown >= 5
    assert body.count(" left Gao at dawn, the mission's spokesman said.") == shown
    assert body.count("https://example.org/world/convoy-") == shown
    assert f"\n+ {500 - shown} more: monitor alerts --digest d16e570000000002\n" in body
    assert "more:" not in as_chat(updates()).body


def test_an_empty_digest_still_speaks() -> None:
    empty: Digest = replace(night(), items=())
    for shown in (as_text(empty).body, as_html(empty), as_chat(empty).body):
        assert "[#d16e]" in shown


def test_a_channel_that_lost_a_message_says_which_why_and_how_to_send_it_again() -> None:
    told = account(channel_alert())
    assert told.headline.startswith("Channel desk-mail lost: US regrets Mali's decision")
    assert told.meaning.startswith("3 messages to desk-mail")
    assert account(replace(channel_alert(), lost=1)).meaning.startswith("1 message to desk-mail")
    assert told.commands[:2] == ("monitor resend 4f2a9c0d11223344", "monitor channel test desk-mail")
    hostile = replace(channel_alert(), channel="a\u202eb")
    assert not any("channel test" in command for command in account(hostile).commands)
    for shown in (as_text(channel_alert()).body, as_html(channel_alert()), as_chat(channel_alert()).body):
        assert "550 no such user" in shown
        assert "monitor resend 4f2a9c0d11223344" in shown


def test_a_clock_that_went_back_makes_no_negative_span() -> None:
    odd = replace(night(), since=MORNING, created=SINCE - timedelta(hours=1))
    assert "less than a minute" in digests.standing(odd)


def test_what_is_told_of_a_source_is_told_as_before() -> None:
    assert account(source_alert()).headline.startswith("Source down: wire")

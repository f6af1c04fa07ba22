"""A source that goes blind is told as a fact, with what it means, since when, why, and what to do."""

import json
import shlex
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from source_samples import FEED_URL, SINCE, several, source_alert

from monitor.alerting.phrases import duration, moment, shortened
from monitor.alerting.render import as_chat, as_html, as_json, as_text, subject
from monitor.alerting.sources import PLACED_MAX, REASON_MAX, account
from monitor.model.feed import SourceState
from monitor.model.judgement import SourceAlert

EVERY = [source_alert(state) for state in SourceState]


def test_the_text_of_each_state(golden: Callable[[Path, str], None], root: Path) -> None:
    golden(root / "tests/golden/source.txt", ("=" * 78 + "\n").join(as_text(each).body for each in EVERY))


def test_the_chat_message_of_each_state(golden: Callable[[Path, str], None], root: Path) -> None:
    shown = [f"{message.title}\n--\n{message.body}\n" for message in map(as_chat, EVERY)]
    golden(root / "tests/golden/source-chat.txt", ("=" * 78 + "\n").join(shown))


def test_the_html_of_a_source_that_is_down(golden: Callable[[Path, str], None], root: Path) -> None:
    golden(root / "tests/golden/source.html", as_html(source_alert()))


def test_the_json_of_each_state(golden: Callable[[Path, str], None], root: Path) -> None:
    golden(root / "tests/golden/source.jsonl", "".join(json.dumps(as_json(each)) + "\n" for each in EVERY))


def test_the_title_says_the_fact_first() -> None:
    assert [subject(each) for each in EVERY] == [
        f"Source down: wire ({FEED_URL})",
        "Source back: wire",
        f"Source silent: wire ({FEED_URL})",
        f"Source may have lost entries: wire ({FEED_URL})",
    ]
    assert [as_text(each).title for each in EVERY] == [as_chat(each).title for each in EVERY] == [*map(subject, EVERY)]


def test_the_text_keeps_its_width_and_says_what_it_means_before_anything_else() -> None:
    for each in EVERY:
        lines = as_text(each).body.splitlines()
        assert max(map(len, lines)) <= 78
        assert account(each).meaning.startswith(lines[2])


def test_the_address_stands_in_every_message_once() -> None:
    for each in EVERY:
        chat = as_chat(each)
        for shown in (as_text(each).body, f"{chat.title}\n{chat.body}"):
            assert shown.count(FEED_URL) == 1


def test_a_folder_has_no_address() -> None:
    inbox = replace(source_alert(), feed="inbox", url=None, reason="no such folder")
    assert subject(inbox) == "Source down: inbox"
    assert "://" not in as_text(inbox).body
    assert "<a " not in as_html(inbox)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://user:secret@example.org/", "(not a URL)"])
def test_what_is_no_plain_link_is_not_shown(url: str) -> None:
    shown = replace(source_alert(), url=url, reason="answered 503")
    chat = as_chat(shown)
    for face in (as_text(shown).body, as_html(shown), chat.title + chat.body):
        assert url not in face
        assert "secret" not in face


def test_an_address_with_a_hidden_query_is_shown_and_is_no_link() -> None:
    """It would lead elsewhere."""
    shown = as_html(replace(source_alert(), url=f"{FEED_URL}?…"))
    assert "<a " not in shown
    assert f">{FEED_URL}?…</div>" in shown
    assert "<a " in as_html(source_alert())


def test_an_address_that_the_headline_cannot_show_as_it_is_stands_below() -> None:
    address = "https://example.org/@desk"
    shown = replace(source_alert(), url=address)
    assert "/＠desk" in subject(shown)
    assert f"\n{address}\n" in as_text(shown).body
    assert f"\n{address}\n" in as_chat(shown).body


def test_a_long_address_stands_below_the_headline() -> None:
    address = f"{FEED_URL}/{'x' * PLACED_MAX}"
    shown = replace(source_alert(), url=address)
    assert subject(shown) == "Source down: wire"
    assert f"\n{address}\n" in as_text(shown).body


def test_a_source_that_gave_no_reason_leaves_the_line_out() -> None:
    mute = replace(source_alert(), reason="")
    assert "WHY" not in as_text(mute).body
    assert "WHY" not in as_html(mute)
    assert "Why" not in as_chat(mute).body


def test_a_long_reason_is_cut_at_a_word() -> None:
    shown = account(replace(source_alert(), reason="the server said " * 99)).why
    assert len(shown) <= REASON_MAX
    assert shown.endswith(" the server…")


def test_a_clock_that_was_put_back_makes_no_negative_time() -> None:
    odd = replace(source_alert(SourceState.BACK), since=SINCE + timedelta(days=9))
    assert "blind for less than a minute" in as_text(odd).body


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(-5, "less than a minute"), (59, "less than a minute"), (60, "1 min"), (7_200, "2 h"), (11_459, "3 h 10 min"),
     (86_400 + 3_600 + 60, "1 d 1 h"), (3 * 86_400, "3 d")],
)  # fmt: skip
def test_how_long_is_told_in_two_units(seconds: int, told: str) -> None:
    assert duration(timedelta(seconds=seconds)) == told


def test_a_moment_is_told_to_the_minute() -> None:
    assert moment(SINCE.replace(hour=0, minute=5)) == "19 Jun 2023, 00:05 UTC"


def test_a_cut_ends_at_a_word_if_there_is_one() -> None:
    assert [shortened("one two", limit) for limit in (7, 6, 3, 0)] == ["one two", "one…", "on…", "…"]


# --- commands to paste ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("feed", "typed"),
    [("wire", "wire"), ("The Wire", "'The Wire'"), ("x; rm -rf ~", "'x; rm -rf ~'"), ("$(id)`id`", "'$(id)`id`'"),
     ("it's", "'it'\"'\"'s'"), ("--help", "-- --help"), ("мир", "'мир'")],
)  # fmt: skip
def test_a_command_does_nothing_but_name_the_feed(feed: str, typed: str) -> None:
    """The name may come from an OPML file that somebody else wrote."""
    commands = (f"monitor feed show {typed}", f"monitor feed test {typed}")
    shown = replace(source_alert(), feed=feed)
    assert account(shown).commands == commands
    assert [shlex.split(each)[-1] for each in commands] == [feed, feed]
    for command in commands:
        assert f"{command}\n" in as_text(shown).body
        assert f"{command}\n" in as_chat(shown).body


@pytest.mark.parametrize("feed", ["", "a\u202eb", "two  blanks", "@here", "\x1b[2Jwire"])
def test_a_name_that_cannot_be_shown_as_it_is_cannot_be_typed(feed: str) -> None:
    assert account(replace(source_alert(), feed=feed)).commands == ("monitor feed list",)


def test_a_long_command_stays_on_one_line() -> None:
    feed = "a long name " * 9 + "end"
    assert f"      monitor feed test '{feed}'\n" in as_text(replace(source_alert(), feed=feed)).body


# --- chat -------------------------------------------------------------------------------------------------------------


def test_a_chat_message_keeps_its_limit_by_dropping_lines_from_the_last() -> None:
    full = as_chat(source_alert()).body.splitlines()
    for limit in range(2_000, 160, -10):
        message = as_chat(source_alert(), limit=limit)
        kept = message.body.splitlines()
        assert [line for line in full if line in kept] == kept
        assert kept[0] == account(source_alert()).meaning
        assert kept[-1] == "[#5c0e]"
        assert len(f"{message.title}\r\n{message.body}") <= limit
    assert "monitor" not in as_chat(source_alert(), limit=230).body
    assert "Why: answered 503" in as_chat(source_alert(), limit=230).body


def test_a_headline_too_long_for_a_title_stands_whole_in_the_body() -> None:
    message = as_chat(source_alert(), title_limit=20)
    assert message.title == "Source down: wire…"
    assert message.body.startswith(subject(source_alert()) + "\n")


# --- hostile text -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", SourceState)
def test_hostile_names_and_reasons_are_harmless(shared: Path, state: SourceState) -> None:
    cases = sorted((shared / "hostile" / "text").glob("render-*.json"))
    assert cases
    for case in cases:
        text = json.loads(case.read_text(encoding="utf-8"))["title"]
        hostile: SourceAlert = replace(source_alert(state), feed=text, reason=text)
        page, chat = as_html(hostile), as_chat(hostile)
        assert as_json(hostile)["feed"] == text
        for tag in ("<script", "<img", "<svg", '<a href="https://matrix', "<b>"):
            assert tag not in page, case.name
        for shown in (page, as_text(hostile).body, chat.title + "\n" + chat.body):
            assert "\x1b" not in shown, case.name
            assert "\u202e" not in shown, case.name
            assert "@everyone" not in shown, case.name
            assert "javascript:" not in shown, case.name


# --- several that fail together ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [SourceState.DOWN, SourceState.BACK])
@pytest.mark.parametrize("host", ["hub.example", ""])
def test_several_are_told_of_in_every_face(state: SourceState, host: str) -> None:
    told = several(source_alert(state), host)
    assert as_json(told) | {"several": 3, "of": 4, "named": ["<b>a", "b"]} == as_json(told)
    place = " of hub.example" if host else ""
    ends = {SourceState.DOWN: "down: 3 of 4 feeds{} cannot be reached", SourceState.BACK: "back: 3 of 4 feeds{} answer"}
    assert subject(told) == f"Sources {ends[state].format(place)}"
    assert "<b>" not in as_html(told)
    for said in (as_text(told).body, as_html(told), as_chat(told).body):
        assert "monitor feed list" in said


def test_several_are_named_as_far_as_there_is_room() -> None:
    down, back = several(source_alert(SourceState.DOWN)), several(source_alert(SourceState.BACK))
    assert account(down).meaning.endswith("See whether their host answers: <b>a, b and 1 more.")
    assert account(replace(down, named=("a", "b", "c"))).meaning.endswith("answers: a, b, c.")
    assert "this machine reaches the network" in account(several(down, "")).meaning
    assert account(back).following.endswith("Still failing: <b>a, b; you are told of those that go on.")
    assert account(replace(back, named=())).following == "They are asked again as before."

"""Alerts of sources go the way of all alerts: stored once, delivered under a stable key, listed and explained."""

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alert_samples import alert
from desk_samples import AnsweringSender, claim_all, desk_of
from routed import plans
from source_samples import CREATED, FEED_URL, source_alert

from monitor.alerting.render import as_json, subject
from monitor.cli.main import main
from monitor.model.article import Article, Entry, Reader
from monitor.model.delivery import DeliveryState, NotSent
from monitor.model.feed import SourceState
from monitor.model.judgement import SourceAlert
from monitor.model.story import Story
from monitor.pipeline.dispatch import GIVE_UP_AFTER, LEAST_ATTEMPTS, dispatch_due
from monitor.store import codec, entries, outbox, stories, views
from monitor.store.engine import Store, Tx, open_scratch, open_store

DOWN, BACK = source_alert(SourceState.DOWN), source_alert(SourceState.BACK)


@pytest.fixture
def store() -> Iterator[Store]:
    opened = open_scratch()
    yield opened
    opened.close()


def put(store: Store, *alerts: SourceAlert, channels: tuple[str, ...] = ("desk", "hook")) -> None:
    for each in alerts:
        store.write_now(lambda tx, each=each: outbox.put_source(tx, each, plans(*channels, now=CREATED)))


def put_story(tx: Tx) -> None:
    """Store an alert of a story, with all that stands behind it."""
    told = replace(alert(), created=CREATED - timedelta(days=1))
    entries.add(
        tx,
        [
            Entry(
                id=alert().new[0].entry, feed="wire", guid="a", url=None, url_key=None, title="T", summary="",
                outlet="O", host="", language="en", published=None, first_seen=CREATED, text="Text.", html=None,
                is_first_poll=False,
            )
        ],
    )  # fmt: skip
    [claimed] = claim_all(tx, "listed", now=CREATED, lease="old")
    article = Article(entry=claimed.entry, title="T", text="Text.", language="en", reader=Reader.SOURCE)
    entries.put_article(tx, claimed, article, text_hash="h")
    stories.ensure(
        tx,
        Story(id=told.story, watch=told.watch, title="T", terms={}, articles=1, created=CREATED, updated=CREATED),
    )
    outbox.put(tx, claimed.n, told, plans("desk", now=CREATED), feed="wire")


# --- stored -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", SourceState)
def test_what_is_stored_is_what_is_loaded(state: SourceState) -> None:
    told = source_alert(state)
    assert codec.load_alert(codec.dump_alert(told)) == told
    assert codec.load_source_alert(codec.dump_alert(replace(told, url=None))) == replace(told, url=None)


def test_alerts_stored_before_there_were_others_still_load() -> None:
    """They carry no kind, and still do not."""
    assert codec.load_alert(codec.dump(alert())) == alert()
    assert codec.dump_alert(alert()) == codec.dump(alert())
    assert "kind" not in asdict(alert())


def test_stored_twice_it_is_there_once(store: Store) -> None:
    put(store, DOWN, DOWN, replace(DOWN, reason="another"))
    with store.read() as tx:
        assert outbox.counts(tx) == {"pending": 2}
        assert outbox.alerts(tx, limit=9) == (DOWN,)
        assert [each.channel for each in outbox.of_alert(tx, DOWN.id)] == ["desk", "hook"]


def test_without_a_channel_it_is_stored_all_the_same(store: Store) -> None:
    put(store, DOWN, channels=())
    with store.read() as tx:
        assert views.alerts(tx, limit=9) == (views.TracedAlert(alert=DOWN, deliveries=()),)


def test_one_source_is_one_thread_and_each_alert_its_own_message(store: Store) -> None:
    other = replace(DOWN, id="77", feed="gazette")
    put(store, DOWN, BACK, other, channels=("desk",))
    claimed = store.write_now(lambda tx: outbox.claim(tx, "desk", now=CREATED, lease="x", limit=9))
    assert [each.alert for each in claimed] == [DOWN, BACK, other]
    assert [each.key for each in claimed] == [f"{each.id}.desk" for each in (DOWN, BACK, other)]
    first, second, third = (each.root for each in claimed)
    assert first == second != third
    assert re.fullmatch("[0-9a-f]{16}", first)


def test_alerts_of_sources_are_counted_apart(store: Store) -> None:
    store.write_now(put_story)
    put(store, DOWN, BACK)
    with store.read() as tx:
        counted = views.totals(tx)
        assert (counted.alerts, counted.source_alerts) == (1, 2)
        assert counted.newest_alert == CREATED - timedelta(days=1)
        assert counted.deliveries == {"pending": 5}
        assert {each.alert.id for each in views.alerts(tx, limit=9)} == {DOWN.id, BACK.id, alert().id}
        [history] = views.histories(tx, alert().id)
        assert [each.alert.id for each in history.alerts] == [alert().id]
        assert views.histories(tx, DOWN.id) == ()
        assert [each.alert for each in views.others(tx, DOWN.id[:4])] == [DOWN, BACK]
        assert views.others(tx, alert().id) == ()
        assert views.others(tx, "%") == ()


def test_the_newest_stand_first_and_a_state_of_delivery_selects(store: Store) -> None:
    put(store, DOWN, channels=())
    put(store, replace(BACK, created=CREATED + timedelta(hours=1)), channels=("desk",))
    with store.read() as tx:
        assert [each.id for each in outbox.alerts(tx, limit=9)] == [BACK.id, DOWN.id]
        assert [each.id for each in outbox.alerts(tx, limit=1)] == [BACK.id]
        assert [each.id for each in outbox.alerts(tx, limit=9, state=DeliveryState.PENDING)] == [BACK.id]


# --- delivered --------------------------------------------------------------------------------------------------------


def test_it_is_sent_once_and_again_until_it_is_taken() -> None:
    sender = AnsweringSender(NotSent(reason="503"))
    desk = desk_of(sender=sender, now=lambda: CREATED)
    put(desk.store, DOWN, channels=("desk",))
    for _ in range(3):
        asyncio.run(dispatch_due(desk, everything=True))
    assert [(each.key, each.alert, each.attempts) for each in sender.deliveries] == [
        (f"{DOWN.id}.desk", DOWN, attempts) for attempts in (0, 1)
    ]
    with desk.store.read() as tx:
        assert outbox.counts(tx) == {"sent": 1}


def test_what_nobody_takes_is_given_up_like_any_alert() -> None:
    desk = desk_of(
        sender=AnsweringSender(*[NotSent(reason="503")] * 99), now=lambda: CREATED + GIVE_UP_AFTER + timedelta(hours=1)
    )
    put(desk.store, DOWN, channels=("desk",))
    for _ in range(LEAST_ATTEMPTS):
        asyncio.run(dispatch_due(desk, everything=True))
    with desk.store.read() as tx:
        assert outbox.counts(tx) == {"dead": 1}


# --- shown ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a state that holds an alert of a story and two of a source whose name is hostile."""
    monkeypatch.chdir(tmp_path)
    config = "version: 1\nfeeds: [{name: wire, url: https://example.org/feed}]\nwatches: [{name: mali, match: '*:*'}]\n"
    (tmp_path / "monitor.yaml").write_text(config, encoding="utf-8")
    store = open_store(tmp_path / "state")
    store.write_now(put_story)
    put(store, DOWN)
    put(store, replace(BACK, feed="\x1b[2J<b>@everyone", created=CREATED + timedelta(hours=1)), channels=())
    store.close()
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    capsys.readouterr()
    assert main(list(words)) == code
    return capsys.readouterr().out


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_alerts_lists_them_among_the_others(at: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = said(capsys, "alerts")
    back, down, story, _ = shown.split("\n\n")
    assert back.splitlines() == [
        f"2023-06-19 12:25 UTC  {BACK.id}  source <b>＠everyone",
        "  Source back: <b>＠everyone",
        "  from 19 Jun 2023, 08:15 UTC to 19 Jun 2023, 12:25 UTC · answers again",
        "  stored, no channel",
    ]
    assert down.splitlines() == [
        f"2023-06-19 11:25 UTC  {DOWN.id}  source wire",
        f"  Source down: wire ({FEED_URL})",
        "  since 19 Jun 2023, 08:15 UTC · answered 503",
        "  desk pending, hook pending",
    ]
    assert story.splitlines()[0].endswith(f"{alert().id}  mali")


def test_alerts_as_json_says_which_kind_each_is(at: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listed = objects(said(capsys, "alerts", "--json"))
    assert [each["type"] for each in listed] == ["source_alert", "source_alert", "alert"]
    assert {key: listed[1][key] for key in as_json(DOWN)} == as_json(DOWN)
    assert [(each["channel"], each["state"]) for each in listed[1]["deliveries"]] == [
        ("desk", "pending"), ("hook", "pending"),
    ]  # fmt: skip


def test_why_tells_an_alert_of_a_source(at: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, "why", f"[#{DOWN.id}]").splitlines()
    assert lines[:5] == [
        subject(DOWN),
        "  While this lasts, nothing from this source can alert you.",
        "  when: since 19 Jun 2023, 08:15 UTC",
        "  why: answered 503",
        "  next: It is asked again, less often, until it answers; you are told once when it does.",
    ]
    assert lines[5] == f"  alert {DOWN.id}, decided 2023-06-19 11:25 UTC"
    assert lines[6].startswith("    channel desk: pending after 0 attempts, next attempt ")
    [told] = objects(said(capsys, "--json", "why", DOWN.id))
    assert told == next(each for each in objects(said(capsys, "--json", "alerts")) if each["id"] == DOWN.id)


def test_why_tells_everything_that_a_shortened_id_names(at: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = said(capsys, "why", DOWN.id[:4])
    assert "Source down: wire" in shown
    assert "Source back: <b>＠everyone" in shown
    assert "\x1b" not in shown
    assert "no channel is configured: stored, not sent" in shown


def test_what_no_alert_is_called_has_no_why(at: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "why", "ffff", code=1) == ""

"""`silence`, `resend` and `alerts --digest` through their front doors: alone, beside a daemon, and what they refuse."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from newsroom import DAM, STRIKE, TRIAL
from programs import Line, Ran, listening, run_here, wait_for
from receivers import WebReceiver, web

FLOOD = 8


@dataclass
class Desk:
    folder: Path
    receiver: WebReceiver

    def __call__(self, *words: str | Path) -> Ran:
        return run_here(self.folder / "monitor.yaml", *words)

    def configure(self, more: str = "route: { to: [desk] }\n", *, confirm: str = "") -> None:
        (self.folder / "monitor.yaml").write_text(
            "version: 1\ndefaults: { every: 1s }\n"
            "feeds: [{ name: inbox, folder: inbox, first_poll: judge, languages: [en] }]\n"
            f"watches:\n  - {{ name: all, match: '*:*', {confirm}novelty: {{ embedder: none }} }}\n"
            "channels:\n  - { name: desk, allow_private: true, "
            f"url: 'json://127.0.0.1:{self.receiver.port}/' }}\n{more}",
            encoding="utf-8",
        )

    def bring(self, name: str, text: str, *, page: str = "") -> None:
        title, _, body = text.partition("\n")
        at = page or name
        row = {"title": title, "text": body, "url": f"https://{at}.example/{at}", "outlet": at.title()}
        part = self.folder / f"{name}.part"
        part.write_text(json.dumps(row), encoding="utf-8")
        part.rename(self.folder / "inbox" / f"{name}.jsonl")

    def once(self) -> list[Line]:
        ran = self("once", "--now", "--json")
        assert ran.code == 0, ran.err
        return ran.of("decision")

    @property
    def keys(self) -> list[str]:
        """The keys of what the receiver got, in order."""
        return [headers["X-Idempotency-Key"] for _, headers, _ in self.receiver.requests]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "inbox").mkdir()
    with web() as receiver:
        made = Desk(tmp_path, receiver)
        made.configure()
        yield made


def test_a_silence_is_kept_shown_and_ended_and_what_it_kept_back_is_told(desk: Desk) -> None:
    added = desk("silence", "add", "--watch", "all", "--for", "4h", "-m", "  covered   live ", "--json")
    assert (added.code, added.err) == (0, "")
    [silence] = added.lines
    for name, story in (("dam", DAM), ("strike", STRIKE)):
        desk.bring(name, story.first)
    assert {(each["outcome"], each["reason"]) for each in desk.once()} == {("silenced", "silence")}
    assert desk.keys == []
    [row] = desk("silence", "list", "--json").lines
    assert (row["id"], row["watch"], row["note"], row["kept_back"]) == (silence["id"], "all", "covered live", 2)
    shown = desk("silence", "list").out
    assert "covered live" in shown
    assert "watch all" in shown
    assert "batched (silenced, until " in desk("alerts").out
    ended = desk("silence", "expire", silence["id"][:8])
    assert ended.out == f"silence {silence['id']} is over; kept back, and told now: 2\n"
    desk.once()
    [key] = desk.keys
    assert desk("silence", "list").out == "nothing is silenced\n"
    assert [each["over"] for each in desk("silence", "list", "--all", "--json").lines] == [True]
    digest = key.removesuffix(".desk")
    told = desk("alerts", "--digest", digest[:8], "--json").lines
    assert {each["type"] for each in told} == {"alert"}
    assert len(told) == 2
    assert desk("alerts").out.count(f"desk sent (in digest {digest[:8]})") == 2
    assert len(desk("alerts", "--state", "sent", "--json").lines) == 3
    assert desk("alerts", "--state", "batched").out == "no alerts\n"
    assert "deliveries: 3 sent\n" in desk("status").out
    assert f"channel desk: sent in digest {digest[:8]} after 1 attempt at " in desk("why", told[0]["id"]).out
    [channel] = desk("channel", "list", "--json").lines
    assert channel["deliveries"] == {"sent": 3}


def test_what_is_sent_again_by_itself_no_longer_stands_as_its_digest_does(desk: Desk) -> None:
    [silence] = desk("silence", "add", "--watch", "all", "--for", "4h", "--json").lines
    for name, story in (("dam", DAM), ("strike", STRIKE)):
        desk.bring(name, story.first)
    desk.once()
    assert desk("silence", "expire", silence["id"]).code == 0
    desk.once()
    digest = desk.keys[0].removesuffix(".desk")
    alert = desk("alerts", "--digest", digest, "--json").lines[0]["id"]
    assert desk("resend", alert).out == "on their way again: 1\n"
    desk.once()
    assert desk.keys[1:] == [f"{alert}.desk"]
    assert "channel desk: sent after 1 attempt at " in desk("why", alert).out
    assert desk("alerts").out.count(f"desk sent (in digest {digest[:8]})") == 1
    assert len(desk("alerts", "--digest", digest, "--json").lines) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--for", "4h"), "say what is to be silent"),
        (("--watch", "nobody", "--for", "4h"), "nobody"),
        (("--feed", "nobody", "--for", "4h"), "there is no feed 'nobody'"),
        (("--watch", "all", "--for", "soon"), "is no duration"),
        (("--watch", "all", "--for", "0s"), "at least a second"),
        (("--watch", "all", "--for", "999999d"), "at most a year"),
        (("--watch", "all", "--for", "1h", "-m", "x" * 501), "at most 500 characters"),
        (("--story", "ab", "--for", "1h"), "too short"),
    ],
)
def test_a_silence_that_makes_no_sense_is_a_wrong_use(desk: Desk, words: tuple[str, ...], said: str) -> None:
    ran = desk("silence", "add", *words)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_a_story_or_a_silence_that_is_not_there_is_one_sentence(desk: Desk) -> None:
    desk.bring("dam", DAM.first)
    desk.once()
    ran = desk("silence", "add", "--story", "ffffffff", "--for", "1h")
    assert (ran.code, ran.out) == (1, "")
    assert "ffffffff" in ran.sentence
    assert "no silence" in desk("silence", "expire", "ffffffff").sentence
    assert "no alert" in desk("resend", "ffffffff").sentence


def test_a_lost_message_is_told_on_another_channel_in_the_same_pass(desk: Desk) -> None:
    with web(400) as refusing:
        siem = f"kind: webhook, allow_private: true, url: 'http://127.0.0.1:{refusing.port}/'"
        route = "to: [siem], routes: [{ match: { source: true }, to: [desk] }]"
        desk.configure(f"  - {{ name: siem, {siem} }}\nroute: {{ {route} }}\n")
        desk.bring("dam", DAM.first)
        assert desk("once").code == 1
    assert len(refusing.requests) == 1
    assert len(desk.keys) == 1


def test_a_lost_message_is_told_on_a_channel_that_no_route_names(desk: Desk) -> None:
    with web(400) as refusing:
        siem = f"kind: webhook, allow_private: true, url: 'http://127.0.0.1:{refusing.port}/'"
        desk.configure(f"  - {{ name: siem, {siem} }}\nroute: {{ to: [siem] }}\n")
        assert desk("check").err == ""
        desk.bring("dam", DAM.first)
        assert desk("once").code == 1
        [told] = desk("alerts", "--state", "sent", "--json").lines
        assert (told["type"], told["channel"]) == ("channel_alert", "siem")
        assert desk.keys == [f"{told['id']}.desk"]
        desk.once()
        assert len(desk.keys) == 1
        [status] = desk("status", "--json").lines
        assert (status["lost"], status["only_channel"]) == ({"siem": 1}, None)
        assert desk("resend", "--dead", "--to", "siem").out == "on their way again: 1\n"


def test_what_its_page_corrects_before_it_is_told_is_told_as_corrected_and_once(desk: Desk) -> None:
    desk.configure("route: { to: [desk], group_wait: 30m }\n")
    desk.bring("dam", DAM.first)
    wait_for(lambda: desk("once", "--json").of("alert"), "the first version")
    corrected = DAM.first.replace("6,000 residents", "9,000 residents")
    desk.bring("later", corrected, page="dam")
    wait_for(lambda: desk("once", "--json").of("alert"), "the corrected one")
    assert desk.keys == []
    desk("once", "--now")
    second, first = desk("alerts", "--json").lines
    assert desk.keys == [f"{second['id']}.desk"]
    assert second["corrects"] == first["new"][0]["entry"]
    assert f"desk cancelled (corrected before it was told: see {second['id']})" in desk("alerts").out
    [cancelled] = first["deliveries"]
    assert (cancelled["state"], cancelled["error"]) == (
        "cancelled",
        f"corrected before it was told: see {second['id']}",
    )
    for more in ([], ["--now"]):
        assert desk("resend", first["id"], *more).out == "there is nothing to send again\n"


def test_what_waits_for_a_channel_still_goes_there_once_no_route_does(desk: Desk) -> None:
    [silence] = desk("silence", "add", "--watch", "all", "--for", "4h", "--json").lines
    desk.bring("dam", DAM.first)
    desk.once()
    desk.configure("  - { name: chat, url: 'json://127.0.0.1:9/' }\nroute: { to: [chat] }\n")
    assert desk("silence", "expire", silence["id"]).code == 0
    desk.once()
    assert len(desk.keys) == 1


def test_a_channel_that_no_route_names_is_left_alone_while_another_tells_it(desk: Desk) -> None:
    with web(400) as refusing, web() as spare:
        siem = f"kind: webhook, allow_private: true, url: 'http://127.0.0.1:{refusing.port}/'"
        last = f"allow_private: true, url: 'json://127.0.0.1:{spare.port}/'"
        route = "to: [siem], routes: [{ match: { watch: all }, to: [siem, desk] }]"
        desk.configure(f"  - {{ name: siem, {siem} }}\n  - {{ name: spare, {last} }}\nroute: {{ {route} }}\n")
        desk.bring("dam", DAM.first)
        assert desk("once").code == 1
    assert (len(desk.keys), spare.requests) == (2, [])  # the alert, and that the other one lost it


def test_the_loss_of_the_only_channel_is_warned_of_and_shown(desk: Desk) -> None:
    with web(400) as refusing:
        siem = f"kind: webhook, allow_private: true, url: 'http://127.0.0.1:{refusing.port}/'"
        (desk.folder / "monitor.yaml").write_text(
            "version: 1\nfeeds: [{ name: inbox, folder: inbox, first_poll: judge, languages: [en] }]\n"
            "watches: [{ name: all, match: '*:*', novelty: { embedder: none } }]\n"
            f"channels:\n  - {{ name: siem, {siem} }}\nroute: {{ to: [siem] }}\n"
        )
        checked = desk("check")
        assert (checked.code, checked.out) == (0, "OK: 1 feed, 1 watch, 1 channel\n")
        assert checked.err.startswith(f"warning: {desk.folder / 'monitor.yaml'}:5:")
        assert "there is no other channel to tell what this one loses" in checked.err
        assert desk("check", "-q").err == ""
        desk.bring("dam", DAM.first)
        assert desk("once").code == 1
    shown = desk("status").out
    assert "LOST by siem: 1 (the channel answered 400)" in shown
    assert "monitor alerts --state dead" in shown
    assert "siem is the only channel: what it loses is told here and nowhere else" in shown
    assert "siem dead (the channel answered 400)" in desk("alerts", "--state", "dead").out
    [status] = desk("status", "--json").lines
    assert (status["lost"], status["only_channel"]) == ({"siem": 1}, "siem")


def test_a_digest_that_is_lost_is_one_message(desk: Desk) -> None:
    [silence] = desk("silence", "add", "--watch", "all", "--for", "4h", "--json").lines
    for name, story in (("dam", DAM), ("strike", STRIKE)):
        desk.bring(name, story.first)
    desk.once()
    assert desk("silence", "expire", silence["id"]).code == 0
    with web(400) as refusing:
        desk.receiver, taking = refusing, desk.receiver
        desk.configure()
        assert desk("once").code == 1
        [status] = desk("status", "--json").lines
        assert (status["lost"], status["deliveries"]) == ({"desk": 1}, {"dead": 3})
    desk.receiver = taking
    desk.configure()
    assert desk("resend", "--dead").out == "on their way again: 1\n"
    desk.once()
    assert len(desk.keys) == 1
    [status] = desk("status", "--json").lines
    assert (status["lost"], status["deliveries"]) == ({}, {"sent": 3})


def test_an_alert_is_sent_again_under_its_key(desk: Desk) -> None:
    desk.bring("dam", DAM.first)
    desk.once()
    [key] = desk.keys
    assert desk("resend", key[:8]).out == "on their way again: 1\n"
    desk.once()
    assert desk.keys == [key, key]
    assert desk("resend", "--dead").out == "there is nothing to send again\n"
    assert desk("resend").code == 2
    assert desk("resend", key[:8], "--dead").code == 2
    assert "no channel 'chat'" in desk("resend", key[:8], "--to", "chat").err


def test_what_a_silence_holds_is_said_by_resend_and_sent_at_once_when_that_is_asked_for(desk: Desk) -> None:
    assert desk("silence", "add", "--watch", "all", "--for", "4h").code == 0
    desk.bring("dam", DAM.first)
    desk.once()
    [alert] = desk("alerts", "--json").lines
    held, how = desk("resend", alert["id"][:8]).out.splitlines()
    until = datetime.fromisoformat(alert["deliveries"][0]["next_at"])
    assert held.startswith("desk: not sent yet; it waits for a digest, or the end of its silence, until ")
    assert held.endswith(f"{until:%Y-%m-%d %H:%M} UTC")
    assert how == f"send it now: monitor resend {alert['id'][:8]} --now"
    [told] = desk("resend", alert["id"], "--json").lines
    assert told == {
        "type": "resent",
        "deliveries": 0,
        "waiting": [{"channel": "desk", "wait": "silenced", "until": until.isoformat(), "digest": None}],
    }
    assert desk("resend", alert["id"][:8], "--now").out == "on their way: 1\n"
    desk.once()
    assert desk.keys == [f"{alert['id']}.desk"]
    assert desk("resend", "--dead", "--now").code == 2


def test_what_waits_for_another_source_is_not_sent_before(desk: Desk) -> None:
    desk.configure("route: { to: [desk] }\n", confirm="confirm: { outlets: 2, wait: 6h }, ")
    desk.bring("dam", DAM.first)
    desk.once()
    [alert] = desk("alerts", "--json").lines
    for words in ((), ("--now",)):
        [said] = desk("resend", alert["id"][:8], *words).out.splitlines()
        assert said.startswith("desk: not sent yet; it waits for another source, until ")
    desk.once()
    assert desk.keys == []


def test_beside_a_daemon_all_of_it_happens_at_once(desk: Desk) -> None:
    with listening(desk.folder / "monitor.yaml"):
        desk.bring("dam", DAM.first)
        wait_for(lambda: desk("alerts", "--state", "sent", "--json").lines, "the first alert, and that it is recorded")
        assert desk("resend", desk.keys[0][:8]).out == "on their way again: 1\n"
        wait_for(lambda: len(desk.keys) == 2, "the same alert again")
        [silence] = desk("silence", "add", "--feed", "inbox", "--for", "1d", "--json").lines
        desk.bring("strike", STRIKE.first)
        wait_for(lambda: [each["kept_back"] for each in desk("silence", "list", "--json").lines] == [1], "its silence")
        assert len(desk.keys) == 2
        assert desk("silence", "expire", silence["id"]).code == 0
        wait_for(lambda: len(desk.keys) == 3, "what was kept back")
        assert desk("silence", "add", "--watch", "all", "--for", "1d").code == 0
        desk.bring("trial", TRIAL.first)
        wait_for(lambda: desk("alerts", "--state", "batched", "--json").lines, "what is kept back anew")
        [alert] = desk("alerts", "--state", "batched", "--json").lines
        assert desk("resend", alert["id"], "--now").out == "on their way: 1\n"
        wait_for(lambda: len(desk.keys) == 4, "what was asked for")
    assert desk.keys[0] == desk.keys[1]
    assert desk.keys[2].startswith(tuple("0123456789abcdef"))


def test_what_waits_is_shown_with_what_it_waits_for(desk: Desk) -> None:
    desk.configure('quiet: [{ name: always, daily: "00:00-23:59" }]\nroute: { to: [desk] }\n')
    desk.bring("dam", DAM.first)
    [decision] = desk.once()
    if decision["outcome"] == "alerted":
        pytest.skip("it is the one minute of the day that is not quiet")
    assert decision["reason"] == "quiet_hours"
    assert "desk held (quiet, until " in desk("alerts").out
    [alert] = desk("alerts", "--state", "held", "--json").lines
    assert [each["wait"] for each in alert["deliveries"]] == ["quiet"]
    assert desk("why", alert["id"]).code == 0

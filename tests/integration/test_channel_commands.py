"""`monitor channel`: what channels are and how they do, and an example through each."""

import json
from pathlib import Path

import pytest
from programs import run_here
from receivers import mail, web

CANARY = "c4n4ry-S3cret"
TEXT = "Mali: dam at Manantali shuts its gates\nThe dam at Manantali in western Mali shut all eight gates on Monday.\n"


def desk(folder: Path, *channels: dict[str, object], to: list[str] | None = None) -> Path:
    (folder / "inbox").mkdir(exist_ok=True)
    (folder / "inbox" / "dam.txt").write_text(TEXT, encoding="utf-8")
    config = {
        "version": 1,
        "feeds": [{"name": "wire", "first_poll": "judge", "folder": "inbox"}],
        "watches": [{"name": "mali", "match": "Mali", "novelty": {"embedder": "none"}}],
        "channels": [{"allow_private": True, **channel} for channel in channels],
        "route": {"to": to if to is not None else [channel["name"] for channel in channels]},
    }
    path = folder / "monitor.yaml"
    path.write_text(json.dumps(config), encoding="utf-8")
    return path


def test_a_list_tells_what_each_channel_is_and_no_address(tmp_path: Path) -> None:
    config = desk(
        tmp_path,
        {"name": "chat", "url": f"tgram://123456789:{CANARY}abcdefghijklmnopqrstuvwxyz/{CANARY}", "rate": "20/m"},
        {"name": "post", "url": f"mailtos://user:{CANARY}@smtp.example.org?to={CANARY}@example.org"},
        {"name": "hook", "kind": "webhook", "url": f"https://example.org/{CANARY}", "on_unknown": "hold"},
        {"name": "page", "kind": "feed", "url": "out.json"},
        {"name": "odd", "url": f"nosuchthing://{CANARY}/"},
        to=["chat"],
    )
    ran = run_here(config, "--json", "channel", "list")
    told = {line["name"]: line for line in ran.lines}
    assert [line["service"] for line in ran.lines] == ["Telegram", "E-Mail", "webhook", "feed file", "unknown"]
    assert [told[name]["routed"] for name in ("chat", "hook")] == [True, False]
    assert (told["chat"]["gap_s"], told["hook"]["on_unknown"], told["page"]["format"]) == (3.0, "hold", "JSON Feed")
    assert told["odd"]["error"].startswith("Apprise cannot use this URL")
    table = run_here(config, "channel", "list")
    assert CANARY.lower() not in (ran.out + table.out + table.err).lower()
    assert "no route leads here" in table.out


def test_a_list_tells_how_deliveries_stand(tmp_path: Path) -> None:
    with web(503) as closed, web() as open_:
        config = desk(
            tmp_path,
            {"name": "shut", "url": f"json://127.0.0.1:{closed.port}/"},
            {"name": "hook", "kind": "webhook", "url": f"http://127.0.0.1:{open_.port}/"},
        )
        assert run_here(config, "--json", "channel", "list").lines[0]["deliveries"] == {}
        assert run_here(config, "once", "--now").code == 1
        shut, hook = run_here(config, "--json", "channel", "list").lines
    assert (shut["deliveries"], shut["sent_at"], shut["error"]) == ({"retry": 1}, None, "the channel answered 503")
    assert (hook["deliveries"], hook["error"]) == ({"sent": 1}, None)
    assert hook["sent_at"] is not None


def test_an_example_goes_through_every_kind_of_channel_and_says_that_it_is_none(tmp_path: Path) -> None:
    with web() as receiver, mail() as letters:
        config = desk(
            tmp_path,
            {"name": "hook", "kind": "webhook", "url": f"http://127.0.0.1:{receiver.port}/"},
            {"name": "post", "url": f"mailto://127.0.0.1:{letters.port}/?from=a@example.org&to=b@example.org"},
            {"name": "page", "kind": "feed", "url": "out.atom"},
        )
        ran = run_here(config, "--json", "channel", "test", "post", "hook", "page", "hook")
    assert ran.code == 0
    assert [(line["channel"], line["answer"]) for line in ran.lines] == [
        ("post", "sent"), ("hook", "sent"), ("page", "sent"),
    ]  # fmt: skip
    assert all(line["took_ms"] >= 0 for line in ran.lines)
    headline = "Test: this is an example and no news"
    assert json.loads(receiver.requests[0][2])["data"]["headline"] == headline
    assert letters.letters[0]["Subject"] == headline
    assert headline in (tmp_path / "out.atom").read_text(encoding="utf-8")


def test_two_examples_have_two_keys(tmp_path: Path) -> None:
    """A receiver that drops what it has must not drop the second."""
    with web() as receiver:
        config = desk(tmp_path, {"name": "hook", "kind": "webhook", "url": f"http://127.0.0.1:{receiver.port}/"})
        for _ in range(2):
            assert run_here(config, "channel", "test", "hook").out.startswith("hook: sent (")
    assert len({headers["X-Idempotency-Key"] for _, headers, _ in receiver.requests}) == 2


@pytest.mark.parametrize("kind", ["apprise", "webhook"])
def test_a_refused_example_is_a_failure_and_tells_the_answer(tmp_path: Path, kind: str) -> None:
    with web(403) as receiver:
        scheme = "json" if kind == "apprise" else "http"
        config = desk(tmp_path, {"name": "hook", "kind": kind, "url": f"{scheme}://127.0.0.1:{receiver.port}/{CANARY}"})
        ran = run_here(config, "channel", "test", "hook")
    assert ran.code == 1
    assert ran.out.startswith("hook: not sent: the channel answered 403 (")
    assert CANARY not in ran.out + ran.err


def test_a_channel_that_does_not_exist_is_no_reason_to_send_to_the_others(tmp_path: Path) -> None:
    with web() as receiver:
        config = desk(tmp_path, {"name": "hook", "kind": "webhook", "url": f"http://127.0.0.1:{receiver.port}/"})
        ran = run_here(config, "channel", "test", "hook", "hok")
    assert ran.code == 2
    assert "there is no channel 'hok'" in ran.err
    assert receiver.requests == []

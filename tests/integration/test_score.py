"""The daemon before a server that judges feed readers, killed and started again in the middle."""

import json
import signal
import subprocess
from datetime import UTC, datetime
from email.utils import formatdate
from pathlib import Path

import pytest
from programs import ENVIRON, command, run_here, send, wait_for
from score_server import Key, Score, scoring

ODD_DATE = "Friday the 16th of June, about noon"
HOLD_S = 6.0


def start(config: Path) -> subprocess.Popen[str]:
    quiet = subprocess.DEVNULL
    return subprocess.Popen(
        command(config, "run"), cwd=config.parent, env=ENVIRON, start_new_session=True,
        stdin=quiet, stdout=quiet, stderr=quiet, text=True,
    )  # fmt: skip


def kill(running: subprocess.Popen[str]) -> None:
    send(running)
    running.wait(timeout=10)


def is_stopped_with_all_stored(running: subprocess.Popen[str], config: Path, score: Score) -> bool:
    """Stop the daemon if every first answer and every pause that was asked for is stored: else it cannot know of them."""
    send(running, signal.SIGSTOP)
    feeds = run_here(config, "feed", "list", "--json").lines
    now = datetime.now(UTC)
    held = [feed for feed in feeds if score.keys[feed["name"]].wait_s]  # one whose time has come may be under way
    if all(feed["polled_at"] for feed in feeds) and all(datetime.fromisoformat(feed["next_at"]) > now for feed in held):
        return True
    send(running, signal.SIGCONT)
    return False


def configuration(folder: Path, score: Score, hosts: dict[str, str]) -> Path:
    path = folder / "monitor.yaml"
    config = {
        "version": 1,
        "defaults": {"every": "2s", "contact": "desk@example.org"},
        "feeds": [{"name": key, "url": score.url(hosts[key], key)} for key in hosts],
        "watches": [{"name": "all", "match": "Mali", "novelty": {"embedder": "none"}}],
        "fetch": {"allow_private": True},
    }
    path.write_text(json.dumps(config))
    return path


@pytest.mark.slow
def test_no_rule_of_a_polite_reader_is_broken_not_even_across_kill_and_restart(tmp_path: Path) -> None:
    keys = {
        "weak": Key({"ETag": 'W/"odd  one"', "Last-Modified": "Fri, 16 Jun 2023 10:00:00 GMT"}),
        "unquoted": Key({"ETag": "abc-123"}),
        "odd-date": Key({"Last-Modified": ODD_DATE}),
        "max-age": Key({"ETag": '"m"', "Cache-Control": f"max-age={HOLD_S:g}"}, wait_s=HOLD_S),
        "expires": Key({"ETag": '"e"', "Date": formatdate(0, usegmt=True), "Expires": formatdate(HOLD_S, usegmt=True)}, wait_s=HOLD_S),
        "busy": Key({"Retry-After": f"{HOLD_S:g}"}, status=429, wait_s=HOLD_S),
        "down-date": Key(
            {"Date": formatdate(0, usegmt=True), "Retry-After": formatdate(HOLD_S, usegmt=True)}, status=503, wait_s=HOLD_S
        ),
        "past": Key({"Date": formatdate(9e8, usegmt=True), "Retry-After": formatdate(0, usegmt=True)}, status=503, wait_s=4.0),
        "garbage": Key({"Retry-After": "when we feel like it"}, status=429, wait_s=4.0),
        "moved": Key({}, status=301, location="/weak-there"),
        "weak-there": Key({"ETag": 'W/"there"'}),
    }  # fmt: skip
    hosts = {key: f"127.0.3.{n}" for n, key in enumerate(keys, start=1) if key != "weak-there"}
    shared = {f"shared-{n}": Key({"ETag": f'"{n}"'}) for n in range(3)}
    held = {
        "held": Key({"Retry-After": f"{HOLD_S:g}"}, status=503, wait_s=HOLD_S, first_only=True),
        "neighbour": Key({"ETag": '"n"'}),
    }
    with scoring(keys | shared | held) as score:
        every_host = hosts | dict.fromkeys(shared, "127.0.4.1") | dict.fromkeys(held, "127.0.4.2")
        config = configuration(tmp_path, score, every_host)
        daemon = start(config)
        try:
            for round_ in (3, 6):  # killed once in between, and started again
                wait_for(lambda round_=round_: len(keys["weak"].asked) >= round_, f"{round_} polls")
                wait_for(lambda: all(score.keys[key].asked for key in every_host), "a poll of every feed")
                wait_for(lambda daemon=daemon: is_stopped_with_all_stored(daemon, config, score), "a fair moment")
                kill(daemon)
                daemon = start(config)
            wait_for(lambda: len(keys["max-age"].asked) >= 3, "a third poll of max-age")
        finally:
            kill(daemon)
        assert score.faults() == []
        _check_that_one_pause_held_the_whole_host(score)
        asked = [name for name, key in score.keys.items() if len(key.asked) < 2]
        assert asked == [], "too seldom to judge"
        assert "desk@example.org" in keys["weak"].asked[0].headers["user-agent"]
        assert "rss" in keys["weak"].asked[0].headers["accept"]


def _check_that_one_pause_held_the_whole_host(score: Score) -> None:
    said = score.keys["held"].asked[0].answered
    after = [asked.at - said for asked in score.keys["neighbour"].asked if asked.at > said]
    assert after
    assert min(after) >= HOLD_S - 0.02

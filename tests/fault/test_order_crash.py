"""The program is killed half-way through a pass of several feeds: in the end it tells what it would have told."""

import json
import signal
import subprocess
import threading
from pathlib import Path

import pytest
from order_lab import DESKS, Report, desk, once, reports, told
from programs import ENVIRON, LIMIT_S, Line, command, run_here, send
from sites import Reply, Request, site


def started(config: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        command(config, "--json", "once", "--now"), cwd=config.parent, env=ENVIRON, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8",
    )  # fmt: skip


def killed_after(config: Path, decisions: int) -> bool:
    """Make a pass and kill it after so many decisions; return whether there were as many."""
    process, seen = started(config), 0
    assert process.stdout is not None
    for line in process.stdout:
        seen += json.loads(line)["type"] == "decision"
        if seen == decisions:
            send(process)
            break
    process.communicate(timeout=LIMIT_S)
    return process.returncode == -signal.SIGKILL


def alerts(config: Path) -> list[object]:
    """Return what all alerts tell, in an order of their own: they are listed by when they were made."""
    found = run_here(config, "--json", "alerts", "--limit", "1000").lines
    return sorted(map(json.dumps, (told([line]) for line in found)))


@pytest.mark.slow
def test_killed_between_any_two_entries_it_tells_the_same(tmp_path: Path) -> None:
    some = reports(4)
    usual, broken = desk(tmp_path / "usual", some), desk(tmp_path / "broken", some)
    once(usual)
    kills = sum(killed_after(broken, decisions) for decisions in (1, 2, 5, 11))
    once(broken)
    assert kills == 4
    assert alerts(broken) == alerts(usual)


def test_killed_when_one_feed_is_stored_and_the_next_has_not_answered_it_tells_the_same(tmp_path: Path) -> None:
    """What the second pass brings was dated before what the first one brought: its turn comes first."""
    late, hangs, asked = DESKS[1], threading.Event(), threading.Event()
    some = reports(5)

    def answer(request: Request) -> Reply:
        asked.set()
        hangs.wait(LIMIT_S)
        return Reply(body=json.dumps(listed(some, late)).encode(), headers={"Content-Type": "application/feed+json"})

    with site(answer) as port:
        usual, broken = (desk(tmp_path / name, [each for each in some if each.feed != late]) for name in ("u", "b"))
        for config in (usual, broken):
            asks(config, late, f"http://127.0.0.1:{port}/feed")
        process = started(broken)
        assert asked.wait(LIMIT_S)
        while status(broken)["entries"] < sum(each.feed != late for each in some):  # the folders are stored
            pass
        send(process)
        process.communicate(timeout=LIMIT_S)
        hangs.set()
        once(usual)
        once(broken)
    assert alerts(broken) == alerts(usual)


def listed(some: list[Report], feed: str) -> dict[str, object]:
    items = [
        {"id": each.url, "url": each.url, "date_published": f"{each.date:%FT%TZ}", "title": title, "content_text": body}
        for each in some
        if each.feed == feed
        for title, _, body in [each.text.partition("\n")]
    ]
    return {"version": "https://jsonfeed.org/version/1.1", "title": feed, "items": items}


def asks(config: Path, feed: str, url: str) -> None:
    """Let one feed be an address instead of a folder."""
    told = json.loads(config.read_text(encoding="utf-8"))
    told["fetch"] = {"allow_private": True, "host_gap": "0s"}
    for each in told["feeds"]:
        if each["name"] == feed:
            del each["folder"]
            each["url"] = url
    config.write_text(json.dumps(told), encoding="utf-8")


def status(config: Path) -> Line:
    ran = run_here(config, "--json", "status")
    return ran.lines[0] if ran.lines else {"entries": 0}

"""The program is killed at the worst moments, for real: nothing is lost, nothing is told under a second name.

The receivers pull the trigger: they see a connection, a request, an answer, and kill the program's process group there
and then. Between an answer and its record the program is stopped first, so that it cannot have read the answer.
"""

import json
import os
import random
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import pytest
from programs import ENVIRON, LIMIT_S, Line, command, run_here, send
from receivers import mail, web
from sites import Reply, Request, site

SEED = 20230616  # of the random kills
TRIALS = (3, 2) * int(os.environ.get("LONGER", "1"))  # kills of each; `make test-long` has ten times as many

HEADLINE = "Mali: dam at Manantali shuts its gates"
TEXT = f"""{HEADLINE}
The dam at Manantali in western Mali shut all eight gates on Monday after a crack was found, its operator said.
Two hundred families who live below the wall were taken to a school in Bafoulabe.
"""


class Process:
    """One run of the program, in a process group of its own, that can be killed from any thread."""

    def __init__(self, config: Path) -> None:
        self._run = subprocess.Popen(
            command(config, "--json", "once", "--now"), cwd=config.parent, env=ENVIRON, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8",
        )  # fmt: skip

    def stop(self) -> None:
        send(self._run, signal.SIGSTOP)

    def kill(self) -> None:
        send(self._run)

    def lines(self) -> Iterator[str]:
        assert self._run.stdout is not None
        yield from self._run.stdout

    def end(self, timeout_s: float = LIMIT_S) -> int:
        """Wait for the end, and see to it that there is one."""
        try:
            self._run.communicate(timeout=timeout_s)
        finally:
            self.kill()
            self._run.communicate()
        return self._run.returncode


@dataclass
class Desk:
    folder: Path

    @property
    def path(self) -> Path:
        return self.folder / "monitor.yaml"

    def to(self, *urls: str, feed: str = "") -> None:
        """Write the configuration with a channel for each URL; a channel's name stays when its address changes."""
        channels = [{"name": f"c{n}", "url": url, "allow_private": True} for n, url in enumerate(urls)]
        source = {"url": feed} if feed else {"folder": "inbox"}
        config = {
            "version": 1,
            "feeds": [{"name": "wire", "first_poll": "judge", **source}],
            "watches": [{"name": "mali", "match": "Mali", "novelty": {"embedder": "none"}}],
            "channels": channels,
            "route": {"to": [each["name"] for each in channels]},
            "fetch": {"allow_private": True, "host_gap": "0s"},
        }
        self.path.write_text(json.dumps(config), encoding="utf-8")

    def start(self) -> Process:
        return Process(self.path)

    def once(self) -> int:
        """Make one pass and return its exit code."""
        return run_here(self.path, "--json", "once", "--now").code

    def say(self, *words: str) -> list[Line]:
        """Return what a command that only reads prints."""
        ran = run_here(self.path, "--json", *words)
        assert ran.code == 0
        return ran.lines

    def alert(self) -> tuple[Line, str]:
        """Return the only alert and the state of its only delivery."""
        [alert] = self.say("alerts")
        assert alert["headline"] == HEADLINE
        [delivery] = alert["deliveries"]
        return alert, delivery["state"]

    def check_all_done(self) -> None:
        """Assert that nothing waits, and that one more pass has nothing to say."""
        [status] = self.say("status")
        assert (status["waiting"], status["deliveries"]) == (0, {"sent": 1})
        assert (status["entries"], status["alerts"], status["outcomes"]) == (1, 1, {"alerted": 1})
        assert status["running"] is False


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "dam.txt").write_text(TEXT, encoding="utf-8")
    return Desk(tmp_path)


def hook(port: int) -> str:
    return f"json://127.0.0.1:{port}/hook"


def post(port: int) -> str:
    return f"mailto://127.0.0.1:{port}/?from=desk@example.org&to=reader@example.org"


@contextmanager
def tripwire() -> Iterator[tuple[int, Callable[[Process], None]]]:
    """A port on which nobody reads: the first connection to it kills the process."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(LIMIT_S)

        def kill_at_contact(process: Process) -> None:
            line, _ = door.accept()
            process.kill()
            line.close()

        yield door.getsockname()[1], kill_at_contact


# --- stored, not sent -------------------------------------------------------------------------------------------------


def test_killed_once_the_decision_is_out_and_before_anything_is_sent(desk: Desk) -> None:
    """The alert is printed once it is stored; the kill falls into the moment before the channel is touched."""
    with web() as receiver:
        desk.to(hook(receiver.port))
        process = desk.start()
        for line in process.lines():
            if json.loads(line)["type"] == "alert":
                process.kill()
                break
        assert process.end() == -signal.SIGKILL
        alert, state = desk.alert()
        assert state in ("pending", "leased")
        assert receiver.requests == []

        assert desk.start().end() == 0
        assert desk.once() == 0
        [(_, headers, body)] = receiver.requests
    assert headers["X-Idempotency-Key"] == f"{alert['id']}.c0"
    assert HEADLINE in json.loads(body)["message"]
    desk.check_all_done()


@pytest.mark.parametrize("kind", ["web", "mail"])
def test_killed_as_the_receiver_is_reached_and_before_it_was_told_anything(desk: Desk, kind: str) -> None:
    with tripwire() as (port, kill_at_contact):
        desk.to(hook(port) if kind == "web" else post(port))
        process = desk.start()
        kill_at_contact(process)
        assert process.end() == -signal.SIGKILL
    alert, state = desk.alert()
    assert state == "leased"
    with web() as receiver, mail() as letters:
        desk.to(hook(receiver.port) if kind == "web" else post(letters.port))
        assert desk.once() == 0
        keys = [headers["X-Idempotency-Key"] for _, headers, _ in receiver.requests]
        keys += [letter["Message-ID"] for letter in letters.letters]
    assert keys == [f"{alert['id']}.c0" if kind == "web" else f"<{alert['id']}.c0@example.org>"]
    desk.check_all_done()


def test_killed_after_a_refusal(desk: Desk) -> None:
    """The receiver said no, and the program dies before, while or after it writes that down."""
    with web(503, 200) as receiver:
        desk.to(hook(receiver.port))
        process = desk.start()
        receiver.then = process.kill
        process.end()
        receiver.then = lambda: None
        assert desk.alert()[1] in ("leased", "retry")
        assert desk.once() == 0
        [before, after] = [headers["X-Idempotency-Key"] for _, headers, _ in receiver.requests]
    assert before == after
    desk.check_all_done()


# --- sent, not recorded -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("moment", ["arrived", "answered"])
def test_a_post_whose_end_was_not_seen_is_sent_again_under_its_key(desk: Desk, moment: str) -> None:
    with web() as receiver:
        process: list[Process] = []

        def kill_now() -> int:
            receiver.answer = lambda: 200  # type: ignore[method-assign]  # the next one is answered like any other
            if moment == "arrived":
                process[0].kill()
            else:
                process[0].stop()
                receiver.then = process[0].kill
            return 200

        receiver.answer = kill_now  # type: ignore[method-assign]
        desk.to(hook(receiver.port))
        process.append(desk.start())
        assert process[0].end() == -signal.SIGKILL
        assert len(receiver.requests) == 1
        receiver.then = lambda: None
        alert, state = desk.alert()
        assert state == "leased"

        assert desk.once() == 0
        [first, second] = receiver.requests
    assert first[1]["X-Idempotency-Key"] == second[1]["X-Idempotency-Key"] == f"{alert['id']}.c0"
    assert first[2] == second[2]
    desk.check_all_done()


@pytest.mark.parametrize("moment", ["arrived", "answered"])
def test_a_mail_whose_end_was_not_seen_is_sent_again_as_the_same_mail(desk: Desk, moment: str) -> None:
    with mail() as receiver:
        process: list[Process] = []
        take = receiver.handle_DATA

        async def kill_now(server: Any, session: Any, envelope: Any) -> str:
            receiver.handle_DATA = take  # type: ignore[method-assign]
            if moment == "arrived":
                process[0].kill()
            else:
                process[0].stop()
                threading.Timer(0.3, process[0].kill).start()  # by then the answer has long left
            return await take(server, session, envelope)

        receiver.handle_DATA = kill_now  # type: ignore[method-assign]
        desk.to(post(receiver.port))
        process.append(desk.start())
        assert process[0].end() == -signal.SIGKILL
        alert, state = desk.alert()
        assert state == "leased"

        assert desk.once() == 0
        [first, second] = receiver.letters
    assert first["Message-ID"] == second["Message-ID"] == f"<{alert['id']}.c0@example.org>"
    assert first.as_bytes() == second.as_bytes()
    desk.check_all_done()


# --- any moment -------------------------------------------------------------------------------------------------------

PLACES = {
    "well": ("Mali: well at Nara runs dry", "The only well at Nara in Mali ran dry on Sunday, its mayor said."),
    "copy": ("Mali: well at Nara runs dry", "The only well at Nara in Mali ran dry on Sunday, its mayor said."),
    "rail": ("Mali reopens its railway", "Trains to Kidira run again in Mali after six years, the operator announced."),
    "golf": ("A new golf course", "Players from nine clubs tried the course on Saturday."),
    "salt": ("Salt caravan reaches Mali", "Eighty camels with salt from Taoudenni came to Timbuktu in Mali on Friday."),
    "bank": ("Mali's largest bank robbed", "Robbers took 40 million francs from a bank at Segou in Mali on Thursday."),
}


@pytest.fixture
def feed() -> Iterator[str]:
    """The URL of a feed of six entries with their pages."""

    def answer(request: Request) -> Reply:
        name = request.path.rpartition("/")[2]
        if name in PLACES:
            title, text = map(escape, PLACES[name])
            page = f"<!DOCTYPE html><title>{title}</title><article><h1>{title}</h1><p>{text}</p></article>"
            return Reply(body=page.encode(), headers={"Content-Type": "text/html"})
        items = "".join(
            f"<item><guid>{each}</guid><title>{escape(title)}</title><link>/{each}</link></item>"
            for each, (title, _) in PLACES.items()
        )
        listed = f'<?xml version="1.0"?><rss version="2.0"><channel><title>wire</title>{items}</channel></rss>'
        return Reply(body=listed.encode(), headers={"Content-Type": "application/rss+xml"})

    with site(answer) as port:
        yield f"http://127.0.0.1:{port}/feed"


def facts_of(desk: Desk) -> set[tuple[str, str, str, int]]:
    return {(each["id"], each["headline"], each["story"], each["revision"]) for each in desk.say("alerts")}


def outcomes_of(desk: Desk) -> dict[str, int]:
    [status] = desk.say("status")
    assert status["waiting"] == 0
    assert status["deliveries"].keys() == {"sent"}
    return dict(status["outcomes"])


@pytest.mark.slow
def test_killed_at_random_moments_it_ends_where_it_would_have_ended(tmp_path: Path, feed: str) -> None:
    chance = random.Random(SEED)
    with web() as receiver:
        desks = [Desk(tmp_path / str(n)) for n in range(len(TRIALS) + 1)]
        for each in desks:
            each.folder.mkdir()
            each.to(hook(receiver.port), feed=feed)
        started = time.monotonic()
        assert desks[0].start().end() == 0
        usual_s = time.monotonic() - started
        expected, outcomes = facts_of(desks[0]), outcomes_of(desks[0])
        keys = {f"{alert_id}.c0" for alert_id, *_ in expected}
        assert {headline for _, headline, *_ in expected} == {
            PLACES[name][0] for name in ("well", "rail", "salt", "bank")
        }
        assert {headers["X-Idempotency-Key"] for _, headers, _ in receiver.requests} == keys

        killed = 0
        for each, kills in zip(desks[1:], TRIALS, strict=True):
            receiver.requests.clear()
            for _ in range(kills):
                started = time.monotonic()
                process = each.start()
                trigger = threading.Timer(chance.uniform(0.3, usual_s), process.kill)
                trigger.start()
                if process.end() == -signal.SIGKILL:
                    killed += 1
                else:
                    usual_s = min(usual_s, time.monotonic() - started)  # the first pass had a busy machine
                trigger.cancel()
            assert each.once() == 0
            assert facts_of(each) == expected
            assert outcomes_of(each) == outcomes
            posts = {(headers["X-Idempotency-Key"], body) for _, headers, body in receiver.requests}
            assert sorted(key for key, _ in posts) == sorted(keys)  # a repeat is the same post
    assert killed >= len(TRIALS)  # the others came after the end of a pass that had little left to do

"""The daemon from outside: what it tells the service manager, what runs beside it, how it ends."""

import json
import signal
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from programs import ENVIRON, LIMIT_S, Line, command, run, run_here, send, wait_for
from receivers import WebReceiver, web
from sites import Reply, Request, site

from monitor.store.engine import FILE_NAME

STOPS_WITHIN_S = 10.0
WATCHDOG_USEC = 2_000_000
WAIT = timedelta(seconds=1.9)  # of two seconds, by a log that is written a little later than the clock is read

HEADLINE = "Mali: ferry to Dire runs aground"
TEXT = f"{HEADLINE}\nThe ferry to Dire ran aground near Timbuktu in Mali with ninety people aboard, its captain said.\n"
SLOW_HEADLINE = "Mali bans charcoal from the south"
SLOW_PAGE = (
    f"<!DOCTYPE html><title>{SLOW_HEADLINE}</title><article><h1>{SLOW_HEADLINE}</h1>"
    "<p>Mali banned the sale of charcoal from the forests of Sikasso on Thursday, a minister said.</p></article>"
)


class Manager:
    """Stands where systemd stands: a datagram socket that remembers what it hears."""

    def __init__(self, door: socket.socket) -> None:
        self._door = door
        self._heard: list[str] = []
        self._turn = threading.Lock()

    def hear(self) -> list[str]:
        """Return everything said so far."""
        with self._turn:
            try:
                while True:
                    self._heard.append(self._door.recv(4096).decode())
            except BlockingIOError:
                return self._heard

    def listen(self, until: threading.Event) -> None:
        """Hear all the time: the kernel keeps ten messages, and drops what comes after them."""
        while not until.wait(0.1):
            self.hear()


@contextmanager
def managing() -> Iterator[tuple[Manager, dict[str, str]]]:
    """Give a manager and the environment that leads to it; the path is short, as a socket's must be."""
    with tempfile.TemporaryDirectory(prefix="sd-") as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
        path = f"{folder}/notify"
        door.bind(path)
        door.setblocking(False)
        manager, over = Manager(door), threading.Event()
        listening = threading.Thread(target=manager.listen, args=(over,))
        listening.start()
        try:
            yield manager, {"NOTIFY_SOCKET": path, "WATCHDOG_USEC": str(WATCHDOG_USEC)}
        finally:
            over.set()
            listening.join()


@dataclass
class Place:
    """A configuration with its folders."""

    folder: Path
    config: dict[str, Any]

    def __post_init__(self) -> None:
        (self.folder / "inbox").mkdir()
        self.write()

    def write(self) -> None:
        self.path.write_text(json.dumps(self.config), encoding="utf-8")

    def bring(self, name: str, text: str) -> None:
        """Put a file into the inbox, whole from the first moment on."""
        (self.folder / f"{name}.part").write_text(text, encoding="utf-8")
        (self.folder / f"{name}.part").rename(self.folder / "inbox" / f"{name}.txt")

    @property
    def path(self) -> Path:
        return self.folder / "monitor.yaml"

    def json(self, *words: str) -> list[Line]:
        ran = run_here(self.path, "--json", *words)
        assert ran.code == 0, ran.err
        return ran.lines


def place(folder: Path, port: int, *feeds: dict[str, Any]) -> Place:
    return Place(
        folder,
        {
            "version": 1,
            "defaults": {"every": "1s"},
            "feeds": [{"name": "inbox", "folder": "inbox", "first_poll": "judge"}, *feeds],
            "watches": [{"name": "mali", "match": "Mali", "novelty": {"embedder": "none"}}],
            "channels": [{"name": "hook", "url": f"json://127.0.0.1:{port}/hook", "allow_private": True}],
            "route": {"to": ["hook"]},
            "fetch": {"allow_private": True, "host_gap": "0s"},
        },
    )


@contextmanager
def daemon(at: Place, environ: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    with (at.folder / "log").open("w") as log:
        process = subprocess.Popen(
            command(at.path, "run"), cwd=at.folder, env=ENVIRON | environ, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log, text=True,
        )  # fmt: skip
        try:
            yield process
        finally:
            send(process)
            process.wait(LIMIT_S)


def log_of(at: Place) -> list[Line]:
    return [json.loads(line) for line in (at.folder / "log").read_text(encoding="utf-8").splitlines()]


# --- an ordinary day --------------------------------------------------------------------------------------------------


@dataclass
class Running:
    """A daemon that has told its first alert."""

    at: Place
    process: subprocess.Popen[str]
    manager: Manager
    receiver: WebReceiver


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with web() as receiver, managing() as (manager, environ):
        at = place(tmp_path_factory.mktemp("daemon"), receiver.port)
        with daemon(at, environ) as process:
            wait_for(lambda: "READY=1" in manager.hear() or process.poll() is not None, "READY=1")
            at.bring("ferry", TEXT)
            wait_for(lambda: receiver.requests or process.poll() is not None, "the alert")
            yield Running(at, process, manager, receiver)


def test_an_alert_is_delivered_by_the_daemon_once(running: Running) -> None:
    wait_for(lambda: running.at.json("status")[0]["deliveries"] == {"sent": 1}, "the delivery to be recorded")
    [(_, headers, body)] = running.receiver.requests
    assert HEADLINE in json.loads(body)["message"]
    assert headers["X-Idempotency-Key"].endswith(".hook")


def test_the_service_manager_hears_ready_once_and_then_signs_of_life(running: Running) -> None:
    def after_ready() -> list[str]:
        said = running.manager.hear()
        return said[said.index("READY=1") + 1 :]

    wait_for(lambda: len(after_ready()) >= 3, "three signs of life")
    assert {line.partition("=")[0] for line in after_ready()} == {"STATUS", "WATCHDOG"}
    assert running.process.poll() is None


def test_a_second_instance_ends_with_75_and_one_sentence(running: Running) -> None:
    for words in (["run"], ["once", "--now"]):
        ran = run(running.at.path, *words, cwd=running.at.folder)
        assert ran.code == 75
        assert "another monitor uses this state" in ran.sentence
    assert running.process.poll() is None


def test_commands_that_only_read_work_beside_it(running: Running) -> None:
    [status] = running.at.json("status")
    assert (status["running"], status["alerts"], status["outcomes"]) == (True, 1, {"alerted": 1})
    assert [(each["name"], each["state"]) for each in status["feeds"]] == [("inbox", "ok")]
    [alert] = running.at.json("alerts")
    assert alert["headline"] == HEADLINE
    [history] = running.at.json("why", alert["id"])
    assert history["title"] == HEADLINE
    assert history["first_seen"][10] == "T"  # ISO 8601
    assert [each["outcome"] for each in history["decisions"]] == ["alerted"]
    assert running.at.json("why", history["entry"]) == [history]
    assert "running" in run_here(running.at.path, "status").out
    told = run_here(running.at.path, "why", alert["id"]).out
    assert HEADLINE in told
    assert "sent after 1 attempt at " in told


def test_a_tick_that_outlasts_its_second_leaves_the_log_what_it_is(running: Running) -> None:
    """One object a line: whoever holds the store for a while makes the scheduler leave out ticks, and say so."""
    [path] = running.at.folder.rglob(FILE_NAME)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        time.sleep(2.5)  # two ticks fall due meanwhile
        other.execute("ROLLBACK")
    assert {line["level"] for line in log_of(running.at)} <= {"debug", "info"}


def test_it_goes_on_where_it_stood_and_ends_cleanly(running: Running) -> None:
    """The last test of this daemon: SIGTERM, STOPPING, exit 0; a restart tells nothing again."""
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(STOPS_WITHIN_S) == 0
    assert running.manager.hear().count("STOPPING=1") == 1
    events = [each["event"] for each in log_of(running.at)]
    assert events[0] == "daemon_started"
    assert events[-1] == "daemon_stopped"
    assert running.at.json("once", "--now")[-1] == {
        "type": "summary", "entries": 0, "alerts": 0, "stories": 0, "duplicates": 0,
    }  # fmt: skip
    assert len(running.receiver.requests) == 1
    assert running.at.json("status")[0]["running"] is False


# --- told to stop in the middle of everything -------------------------------------------------------------------------


@dataclass
class Slow:
    """A site that lists its one entry once it `lists`, and whose page hangs until `over`."""

    port: int = 0
    asked: list[str] = field(default_factory=list)
    lists: bool = False
    over: threading.Event = field(default_factory=threading.Event)


@contextmanager
def slow_site() -> Iterator[Slow]:
    slow = Slow()

    def answer(request: Request) -> Reply:
        slow.asked.append(request.path)
        if request.path == "/feed":
            item = f"<item><guid>1</guid><title>{SLOW_HEADLINE}</title><link>/page</link></item>" if slow.lists else ""
            listed = f'<rss version="2.0"><channel><title>x</title>{item}</channel></rss>'
            return Reply(body=listed.encode(), headers={"Content-Type": "application/rss+xml"})
        if request.path == "/robots.txt":
            return Reply(status=404)
        slow.over.wait(LIMIT_S)
        return Reply(body=SLOW_PAGE.encode(), headers={"Content-Type": "text/html"})

    with site(answer) as slow.port:
        try:
            yield slow
        finally:
            slow.over.set()


@pytest.mark.slow
def test_a_busy_daemon_ends_within_ten_seconds_and_its_work_is_taken_up(tmp_path: Path) -> None:
    """A feed that hangs, a page that hangs and a receiver that hangs, all at the same time."""
    with (
        socket.create_server(("127.0.0.1", 0)) as deaf,  # connections are taken by the kernel and never answered
        slow_site() as slow,
        web(0) as receiver,
        managing() as (manager, environ),
    ):
        at = place(
            tmp_path,
            receiver.port,
            {"name": "deaf", "url": f"http://127.0.0.1:{deaf.getsockname()[1]}/feed"},
            {"name": "site", "url": f"http://127.0.0.1:{slow.port}/feed", "first_poll": "judge"},
        )
        at.bring("ferry", TEXT)
        with daemon(at, environ) as process:
            wait_for(lambda: receiver.requests, "a delivery under way")
            at.bring("other", "A quiet day\nNothing of note happened in Lisbon.\n")
            slow.lists = True
            wait_for(lambda: "/page" in slow.asked, "a page under way")
            deaf.settimeout(LIMIT_S)
            held, _ = deaf.accept()
            assert process.poll() is None
            told = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(STOPS_WITHIN_S) == 0
            assert time.monotonic() - told < STOPS_WITHIN_S
            held.close()
        assert manager.hear().count("STOPPING=1") == 1
        assert log_of(at)[-1]["event"] == "daemon_stopped"
        [status] = at.json("status")
        assert status["running"] is False

        slow.over.set()
        receiver.answers = [200]
        receiver.released.set()
        at.config["feeds"] = [each for each in at.config["feeds"] if each["name"] != "deaf"]
        at.write()
        at.json("once", "--now")
        [status] = at.json("status")
        assert status["waiting"] == 0
        assert status["outcomes"] == {"alerted": 2, "unmatched": 1}
        assert status["deliveries"] == {"sent": 2}
    keys: dict[str, str] = {}
    for _, headers, body in receiver.requests:
        keys.setdefault(headers["X-Idempotency-Key"], json.loads(body)["message"].splitlines()[0])
    assert sorted(keys.values()) == sorted([HEADLINE, SLOW_HEADLINE])


def test_a_bad_configuration_ends_it_with_78(tmp_path: Path) -> None:
    with managing() as (manager, environ):
        at = place(tmp_path, 9)
        at.config["watches"][0]["match"] = "Mali AND ("
        at.write()
        with daemon(at, environ) as process:
            assert process.wait(LIMIT_S) == 78
        assert manager.hear() == []
    [problem] = (tmp_path / "log").read_text(encoding="utf-8").splitlines()
    assert problem.startswith(f"{tmp_path}/monitor.yaml:1:")
    assert "watches.0.match" in problem


@pytest.mark.slow
def test_an_alert_that_waits_for_another_source_is_sent_when_the_wait_is_over(tmp_path: Path) -> None:
    with web() as receiver, managing() as (_, environ):
        at = place(tmp_path, receiver.port)
        at.config["watches"][0]["confirm"] = {"wait": "2s"}
        at.write()
        at.bring("ferry", TEXT)
        with daemon(at, environ) as process:
            wait_for(lambda: receiver.requests or process.poll() is not None, "the alert")
            wait_for(lambda: at.json("status")[0]["deliveries"] == {"sent": 1}, "the delivery to be recorded")
        decided, sent = [line for line in log_of(at) if line["event"] in ("entry_decided", "alert_released")]
    assert (decided["outcome"], sent["confirmation"]) == ("held", "unconfirmed")
    assert datetime.fromisoformat(sent["timestamp"]) - datetime.fromisoformat(decided["timestamp"]) >= WAIT
    [(_, _, body)] = receiver.requests
    assert "unconfirmed: one source" in json.loads(body)["message"]

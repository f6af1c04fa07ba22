"""The poller is killed on every rung of its ladder: every entry is there once, and no validator came first."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from programs import ENVIRON, LIMIT_S, command, run_here, send
from sites import Reply, Request, site

SEED = 20230616

RUNGS = ("full", "delta", "same_entries", "same_body", "not_modified")
TRIALS = int(os.environ.get("LONGER", "1"))  # kills a rung: as the answer goes out, and at moments after it


def body(titles: list[str], built: int) -> bytes:
    items = "".join(
        f"<item><title>{title}</title><guid>{title}</guid><description>{title} {'words ' * 30}</description></item>"
        for title in titles
    )
    return f'<rss version="2.0"><channel><lastBuildDate>{built}</lastBuildDate>{items}</channel></rss>'.encode()


class Wire:
    """A feed whose every version has a validator of its own, and a hand on the trigger."""

    def __init__(self) -> None:
        self.titles = ["Story 0", "Story 1", "Story 2"]
        self.built = 0
        self.has_validators = True
        self.trigger: Callable[[], object] = lambda: None  # pulled once an answer has left

    def answer(self, request: Request) -> Reply:
        headers = {"ETag": self.etag} if self.has_validators else {}
        if self.has_validators and request.header("If-None-Match") == self.etag:
            return Reply(status=304, headers=headers, then=self.trigger)
        return Reply(body=body(self.titles, self.built), headers=headers, then=self.trigger)

    @property
    def etag(self) -> str:
        return f'"{len(self.titles)}-{self.built}"'

    def move_to(self, rung: str) -> None:
        """Change the feed so that the next poll ends on a rung."""
        self.has_validators = rung != "same_body"
        if rung in ("delta", "full"):
            self.titles = [f"Story {len(self.titles)}", *self.titles]
        if rung == "same_entries":
            self.built += 1


class Monitor:
    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.path = folder / "monitor.yaml"
        config = {
            "version": 1,
            "feeds": [{"name": "wire", "url": f"http://127.0.0.1:{port}/feed", "first_poll": "judge"}],
            "watches": [{"name": "all", "match": "*:*", "novelty": {"embedder": "none"}}],
            "fetch": {"allow_private": True, "host_gap": "0s"},
        }
        self.path.write_text(json.dumps(config))

    def start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command(self.path, "once", "--now"), cwd=self.folder, env=ENVIRON, start_new_session=True, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def once(self) -> None:
        ran = run_here(self.path, "once", "--now")
        assert ran.code == 0, ran.err

    def stored(self) -> tuple[str | None, list[str], str | None]:
        """Return the validator, the entries in their order and the rung of the last poll that was stored."""
        path = self.folder / "state" / "monitor.sqlite"
        if not path.exists():
            return None, [], None
        with closing(sqlite3.connect(path)) as database:
            if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'feed'").fetchone():
                return None, [], None
            [feed] = database.execute("SELECT etag, rung FROM feed").fetchall() or [(None, None)]
            return feed[0], [row[0] for row in database.execute("SELECT title FROM entry ORDER BY n")], feed[1]


@pytest.mark.slow
@pytest.mark.parametrize("rung", RUNGS)
def test_a_poll_that_is_killed_loses_nothing_and_stores_nothing_ahead_of_its_entries(rung: str, tmp_path: Path) -> None:
    choice = random.Random(f"{SEED}{rung}")
    wire = Wire()
    with site(wire.answer) as port:
        monitor = Monitor(tmp_path, port)
        if rung != "full":
            monitor.once()
            if rung == "same_body":
                wire.move_to(rung)
                monitor.once()
        for trial in range(TRIALS):
            wire.move_to(rung)
            running = monitor.start()
            delay_s = choice.uniform(0.0, 0.25) if trial else choice.uniform(0.0, 0.02)
            wire.trigger = lambda running=running, delay_s=delay_s: (time.sleep(delay_s), send(running))
            running.wait(LIMIT_S)
            wire.trigger = lambda: None
            assert trial or running.returncode == -signal.SIGKILL
            etag, entries, _ = monitor.stored()
            if etag == wire.etag:
                assert sorted(entries) == sorted(wire.titles), "the validator was stored ahead of the entries"
        monitor.once()
        _, entries, _ = monitor.stored()
        assert sorted(entries) == sorted(wire.titles)
        wire.move_to(rung)
        monitor.once()
        _, entries, ended_on = monitor.stored()
        assert sorted(entries) == sorted(wire.titles)
        assert ended_on == ("delta" if rung == "full" else rung)

"""The poller is killed on every rung of its ladder: every entry is there once, and no validator came first."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENVIRON = os.environ | {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
LIMIT_S = 60
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
        self.trigger: Any = lambda: None
        wire = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                etag = f'"{len(wire.titles)}-{wire.built}"'
                is_known = wire.has_validators and self.headers.get("If-None-Match") == etag
                self.send_response(304 if is_known else 200)
                if wire.has_validators:
                    self.send_header("ETag", etag)
                content = b"" if is_known else body(wire.titles, wire.built)
                if not is_known:
                    self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
                self.wfile.flush()
                wire.trigger()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/feed"

    @property
    def etag(self) -> str:
        return f'"{len(self.titles)}-{self.built}"'

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()

    def move_to(self, rung: str) -> None:
        """Change the feed so that the next poll ends on a rung."""
        self.has_validators = rung != "same_body"
        if rung in ("delta", "full"):
            self.titles = [f"Story {len(self.titles)}", *self.titles]
        if rung == "same_entries":
            self.built += 1


class Monitor:
    def __init__(self, folder: Path, wire: Wire) -> None:
        self.folder = folder
        self.path = folder / "monitor.yaml"
        config = {
            "version": 1,
            "feeds": [{"name": "wire", "url": wire.url, "first_poll": "judge"}],
            "watches": [{"name": "all", "match": "*:*", "novelty": {"embedder": "none"}}],
            "fetch": {"allow_private": True, "host_gap": "0s"},
        }
        self.path.write_text(json.dumps(config))

    def start(self) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-m", "monitor", "-c", str(self.path), "once", "--now"]
        return subprocess.Popen(
            words, cwd=self.folder, env=ENVIRON, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip

    def once(self) -> None:
        running = self.start()
        try:
            _, said = running.communicate(timeout=LIMIT_S)
        finally:
            kill(running)
        assert running.returncode == 0, said.decode()

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


def kill(running: subprocess.Popen[bytes]) -> None:
    if running.poll() is None:
        os.killpg(running.pid, signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.parametrize("rung", RUNGS)
def test_a_poll_that_is_killed_loses_nothing_and_stores_nothing_ahead_of_its_entries(rung: str, tmp_path: Path) -> None:
    choice = random.Random(f"{SEED}{rung}")
    wire = Wire()
    try:
        monitor = Monitor(tmp_path, wire)
        if rung != "full":
            monitor.once()
            if rung == "same_body":
                wire.move_to(rung)
                monitor.once()
        for trial in range(TRIALS):
            wire.move_to(rung)
            running = monitor.start()
            delay_s = choice.uniform(0.0, 0.25) if trial else choice.uniform(0.0, 0.02)
            wire.trigger = lambda running=running, delay_s=delay_s: (time.sleep(delay_s), kill(running))
            running.communicate(timeout=LIMIT_S)
            wire.trigger = lambda: None
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
    finally:
        wire.close()

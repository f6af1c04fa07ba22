"""`monitor feed` beside a daemon: a change of the configuration is followed, refused, or heard of later."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from feed_desk import Shell, Site, rss
from programs import LIMIT_S, Line, listening, wait_for

from monitor.errors import MonitorError
from monitor.service.control import SOCKET_NAME, Control, ask
from monitor.store.engine import open_store


@contextlib.contextmanager
def standing_in(state: Path, answer: Callable[[Line], Line]) -> Iterator[list[Line]]:
    """Stand where the daemon stands: its lock and its socket."""
    heard: list[Line] = []
    ready, over = threading.Event(), threading.Event()

    async def reload(request: Line) -> Line:
        heard.append(request)
        return answer(request)

    async def work() -> None:
        async with Control(state, {"reload": reload}):
            ready.set()
            await asyncio.to_thread(over.wait)

    store = open_store(state)
    thread = threading.Thread(target=asyncio.run, args=(work(),))
    thread.start()
    assert ready.wait(20)
    try:
        yield heard
    finally:
        over.set()
        thread.join(20)
        store.close()


def test_a_running_daemon_is_told_of_every_change(monitor: Shell, site: Site) -> None:
    with standing_in(monitor.folder / "state", lambda _: {"feeds": 1}) as heard:
        ran = monitor("feed", "add", site.url("/f"), "--no-check", "--name", "a")
        assert ran.out.endswith("; the running daemon follows\n")
        assert monitor("feed", "rm", "a", "--json").lines[0]["reloaded"] is True
        assert monitor("feed", "list").code == 0
        monitor("feed", "rm", "a")
        monitor("feed", "add", site.url("/f"), "--no-check", "--dry-run")
    assert heard == [{"do": "reload", "file": str(monitor.file)}] * 2


def test_a_daemon_that_refuses_is_heard(monitor: Shell, site: Site) -> None:
    def refuse(_: Line) -> Line:
        raise MonitorError("it follows another file")

    with standing_in(monitor.folder / "state", refuse):
        ran = monitor("feed", "add", site.url("/f"), "--no-check", "--name", "a")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == f"{monitor.file} is changed, but the running daemon does not take it: it follows another file\n"
    assert monitor.feeds == [("a", site.url("/f"))]


def test_a_pass_that_runs_meanwhile_is_no_daemon(monitor: Shell, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.cli.feed_edit.PATIENCE_S", 0.2)
    store = open_store(monitor.folder / "state")
    ran = monitor("feed", "add", site.url("/f"), "--no-check", "--name", "a")
    store.close()
    assert ran.code == 0
    assert "when it starts again" in ran.err


@pytest.mark.slow
def test_a_running_daemon_follows_what_is_added_and_no_more_what_is_removed(monitor: Shell, site: Site) -> None:
    site.feed("/a", rss("One"))
    site.feed("/b", rss("Two"))
    site.max_age = 0
    with listening(monitor.file) as process:
        for name in "ab":
            ran = monitor("feed", "add", site.url(f"/{name}"), "--name", name, "--every", "1s", "--no-check", "--json")
            assert ran.code == 0, ran.err
            assert ran.lines[0]["reloaded"] is True
        wait_for(lambda: {"/a", "/b"} <= set(site.asked), "both feeds to be polled")
        monitor("feed", "rm", "a")
        wait_for(lambda: [line["name"] for line in monitor("feed", "list", "--json").lines] == ["b"], "the list")
        asked = site.asked.count("/a")
        heard = site.asked.count("/b")
        wait_for(lambda: site.asked.count("/b") > heard + 1 or site.asked.count("/a") > asked + 1, "another poll")
        assert site.asked.count("/a") <= asked + 1  # one may have been on its way

        was = monitor.text
        monitor.file.write_text(was + "stat: x\n")
        answer = ask(monitor.folder / "state", {"do": "reload"})
        assert answer is not None
        assert not answer["ok"]
        assert "unknown key. Did you mean 'state'?" in answer["error"]
        monitor.file.write_text(was)
        other = ask(monitor.folder / "state", {"do": "reload", "file": "/etc/other.yaml"})
        assert other == {"ok": False, "error": f"the daemon that uses this state follows {monitor.file}"}

        process.terminate()
        process.wait(LIMIT_S)
    assert not (monitor.folder / "state" / SOCKET_NAME).exists()

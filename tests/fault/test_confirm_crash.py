"""The program dies while alerts wait for another source, or are released: nothing is lost, nothing is told twice."""

import json
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from newsroom import DAM
from programs import ENVIRON, LIMIT_S, Line, command, run_here, send
from receivers import WebReceiver, web


class Desk:
    """A configuration with a folder as its feed, and one channel."""

    def __init__(self, folder: Path, port: int) -> None:
        self.path, self.inbox, self.port = folder / "monitor.yaml", folder / "inbox", port
        self.inbox.mkdir()
        self.write(wait="1d", if_single="hold")

    def write(self, **confirm: str) -> None:
        config = {
            "version": 1,
            "feeds": [{"name": "wire", "first_poll": "judge", "folder": "inbox"}],
            "watches": [{"name": "dam", "match": DAM.query, "novelty": {"embedder": "none"}, "confirm": confirm}],
            "channels": [{"name": "c0", "url": f"json://127.0.0.1:{self.port}/hook", "allow_private": True}],
            "route": {"to": ["c0"]},
        }
        self.path.write_text(json.dumps(config), encoding="utf-8")

    def leave(self, text: str, host: str) -> None:
        title, _, body = text.partition("\n")
        front = f"---\nurl: https://{host}/1\ntitle: {title}\n---\n"
        (self.inbox / f"{host}.txt").write_text(front + body, encoding="utf-8")

    def killed_at(self, is_it: Callable[[Line], bool]) -> None:
        """Make a pass and kill it as it prints a line."""
        process = subprocess.Popen(
            command(self.path, "--json", "once", "--now"), cwd=self.path.parent, env=ENVIRON, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8",
        )  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            if is_it(json.loads(line)):
                send(process)
                break
        process.communicate(timeout=LIMIT_S)
        assert process.returncode == -signal.SIGKILL

    def once(self) -> None:
        assert run_here(self.path, "--json", "once", "--now").code == 0

    def alerts(self) -> list[Line]:
        return run_here(self.path, "--json", "alerts").lines


@pytest.fixture
def receiver() -> Iterator[WebReceiver]:
    with web() as found:
        yield found


@pytest.fixture
def desk(tmp_path: Path, receiver: WebReceiver) -> Desk:
    return Desk(tmp_path, receiver.port)


def keys(receiver: WebReceiver) -> list[str]:
    return [headers["X-Idempotency-Key"] for _, headers, _ in receiver.requests]


def test_killed_once_an_alert_is_held_it_still_waits_and_is_confirmed_later(desk: Desk, receiver: WebReceiver) -> None:
    desk.leave(DAM.first, "alpha.example")
    desk.killed_at(lambda line: line.get("outcome") == "held")
    desk.once()
    [alert] = desk.alerts()
    assert (alert["confirmation"], [each["state"] for each in alert["deliveries"]]) == ("waiting", ["held"])
    assert receiver.requests == []
    desk.leave(DAM.rewrites[0], "beta.example")
    desk.once()
    desk.once()
    assert keys(receiver) == [f"{alert['id']}.c0"]


def test_killed_once_it_is_released_it_is_sent_once_by_the_next_pass(desk: Desk, receiver: WebReceiver) -> None:
    desk.leave(DAM.first, "alpha.example")
    desk.once()
    desk.leave(DAM.rewrites[0], "beta.example")
    desk.killed_at(lambda line: line["type"] == "alert")
    assert receiver.requests == []
    desk.once()
    desk.once()
    [released] = [each for each in desk.alerts() if each["confirmation"] == "confirmed"]
    assert keys(receiver) == [f"{released['id']}.c0"]
    assert "confirmed" in json.loads(receiver.requests[0][2])["message"]


def test_killed_as_it_confirms_it_confirms_the_next_time(desk: Desk, receiver: WebReceiver) -> None:
    """The confirming article is stored and not judged yet."""
    desk.leave(DAM.first, "alpha.example")
    desk.once()
    (desk.inbox / "alpha.example.txt").unlink()
    desk.leave(DAM.rewrites[0], "beta.example")
    desk.leave("A football match\nThe home side won by three goals to one.", "aaa.example")
    desk.killed_at(lambda line: line["type"] == "decision")
    desk.once()
    [released] = [each for each in desk.alerts() if each["confirmation"] == "confirmed"]
    assert keys(receiver) == [f"{released['id']}.c0"]


def test_killed_as_it_tells_that_it_was_confirmed_after_all_that_is_told_once(
    desk: Desk, receiver: WebReceiver
) -> None:
    desk.write(wait="1s", if_single="hold")
    desk.leave(DAM.first, "alpha.example")
    desk.once()
    desk.write(wait="1s", if_single="send-marked")
    while not receiver.requests:
        desk.once()
    desk.leave(DAM.rewrites[0], "beta.example")
    desk.killed_at(lambda line: line["type"] == "alert")
    desk.once()
    desk.once()
    [first] = [each for each in desk.alerts() if not each["confirms"]]
    [short] = [each for each in desk.alerts() if each["confirms"]]
    assert (short["confirms"], short["story"]) == ([first["id"]], first["story"])
    assert keys(receiver) == [f"{first['id']}.c0", f"{short['id']}.c0"]

"""Servers that other people wrote, as processes on loopback: a Matrix homeserver, an IRC server, an MQTT broker.

They live in an environment of their own, since what they need is not what the program needs. It is made from
requirements-receivers.lock at the first use; where it cannot be had, the tests that need it are skipped, saying so.
"""

import hashlib
import json
import os
import queue
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from programs import ROOT

LOCK = ROOT / "tests" / "requirements-receivers.lock"
FOLDER = ROOT / ".venv-receivers"
PATIENCE_S = 90.0  # with a server that starts on a busy machine


def receivers_python() -> Path:
    """Return the Python that can run the servers, its environment made or renewed where needed; else skip the test."""
    python, stamp = FOLDER / "bin" / "python", FOLDER / "made-from"
    wanted = f"{FOLDER} {sys.version_info[:2]} {hashlib.sha256(LOCK.read_bytes()).hexdigest()}"
    if stamp.is_file() and stamp.read_text() == wanted and python.exists():
        return python
    venv.EnvBuilder(clear=True, symlinks=True, with_pip=False).create(FOLDER)
    fault = "no installer"
    for install in _installers(python):
        if not (fault := _installed(install)):
            break
    if fault or not _runs(python):
        pytest.skip(f"matrix-synapse, irc and amqtt cannot be installed here: {fault}")
    stamp.write_text(wanted)
    return python


def _installers(python: Path) -> list[list[str]]:
    """Return uv, which takes seconds, where the machine has one, and pip."""
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--disable-pip-version-check"]
    return [*([[uv, "pip", "install", "--python", str(python)]] if uv else []), pip]


def _installed(install: list[str]) -> str:
    """Install; return what was wrong, if anything. What is there already costs next to nothing."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or os.environ.get("HOME") or "/nonexistent")
    options = [] if os.access(cache, os.W_OK) else ["--no-cache-dir"]
    options += ["--quiet", "--only-binary", ":all:", "--require-hashes", "-r", str(LOCK)]
    try:
        subprocess.run([*install, *options], check=True, timeout=280, capture_output=True)
    except (OSError, subprocess.SubprocessError) as exc:
        said = (getattr(exc, "stderr", None) or b"").decode(errors="replace").strip().splitlines()
        return said[-1] if said else str(exc)
    return ""


def _runs(python: Path) -> bool:
    return (
        subprocess.run(
            [python, "-c", "import amqtt.broker, irc.server, synapse"], capture_output=True, check=False
        ).returncode
        == 0
    )


@contextmanager
def _running(command: list[str], log: Path, *, is_up: Callable[[], bool]) -> Iterator[None]:
    with log.open("wb") as said:
        process = subprocess.Popen(command, cwd=log.parent, stdout=said, stderr=said, stdin=subprocess.DEVNULL)
    try:
        until = time.monotonic() + PATIENCE_S
        while not is_up():
            if process.poll() is not None or time.monotonic() > until:
                raise AssertionError(f"{command[1:4]} did not start: {log.read_text(errors='replace')[-2_000:]}")
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@dataclass(frozen=True, kw_only=True)
class Homeserver:
    """A Matrix homeserver with one user in one room."""

    port: int
    token: str = ""
    room: str = ""

    def ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Ask the client-server API."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/_matrix/client/v3{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}"} if self.token else {},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            told: dict[str, Any] = json.load(answer)
        return told

    def messages(self) -> list[dict[str, Any]]:
        """Return the room's messages, oldest first."""
        chunk = self.ask("GET", f"/rooms/{self.room}/messages?dir=b&limit=50")["chunk"]
        return [event["content"] for event in reversed(chunk) if event["type"] == "m.room.message"]


@contextmanager
def homeserver(folder: Path) -> Iterator[Homeserver]:
    """Start matrix-synapse, with a user whose token may send to a room of its own."""
    python, port = receivers_python(), free_port()
    (folder / "log.yaml").write_text("version: 1\nroot: {level: WARNING}\n", encoding="utf-8")
    listener = {"port": port, "bind_addresses": ["127.0.0.1"], "type": "http", "tls": False}
    config = {
        "server_name": "localhost",
        "listeners": [{**listener, "resources": [{"names": ["client"]}]}],
        "database": {"name": "sqlite3", "args": {"database": str(folder / "home.db")}},
        "log_config": str(folder / "log.yaml"),
        "media_store_path": str(folder / "media"),
        "signing_key_path": str(folder / "signing.key"),
        "pid_file": str(folder / "pid"),
        "macaroon_secret_key": "x" * 32,
        "form_secret": "x" * 32,
        "report_stats": False,
        "trusted_key_servers": [],
        "enable_registration": True,
        "enable_registration_without_verification": True,
    }
    (folder / "home.yaml").write_text(json.dumps(config), encoding="utf-8")
    (folder / "signing.key").write_text(f"ed25519 a_desk {'A' * 43}\n")  # 32 bytes: it signs for nobody but this test
    home = [str(python), "-m", "synapse.app.homeserver", "--config-path", str(folder / "home.yaml")]
    with _running(home, folder / "synapse.log", is_up=lambda: _listens(port)):
        joined = {"username": "monitor", "password": "x" * 12, "auth": {"type": "m.login.dummy"}}
        token = Homeserver(port=port).ask("POST", "/register", joined)["access_token"]
        room = Homeserver(port=port, token=token).ask("POST", "/createRoom", {"preset": "private_chat"})["room_id"]
        yield Homeserver(port=port, token=token, room=room)


@contextmanager
def irc_server(folder: Path) -> Iterator[int]:
    """Start an IRC server and give its port."""
    python, port = receivers_python(), free_port()
    command = [str(python), "-m", "irc.server", "--address", "127.0.0.1", "--port", str(port)]
    with _running(command, folder / "irc.log", is_up=lambda: _listens(port)):
        yield port


@contextmanager
def mqtt_broker(folder: Path, *, passwords: bool = False) -> Iterator[int]:
    """Start an MQTT broker and give its port.

    passwords: whether it lets in only whom its list names; the list is empty.
    """
    python, port = receivers_python(), free_port()
    (folder / "nobody").touch()
    door = {"FileAuthPlugin": {"password_file": str(folder / "nobody")}} if passwords else {"AnonymousAuthPlugin": {}}
    plugins = {f"amqtt.plugins.authentication.{name}": options for name, options in door.items()}
    config = {"listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}}, "plugins": plugins}
    (folder / "broker.yaml").write_text(json.dumps(config), encoding="utf-8")
    command = [str(python), "-m", "amqtt.scripts.broker_script", "-c", str(folder / "broker.yaml")]
    with _running(command, folder / "broker.log", is_up=lambda: _listens(port)):
        yield port


class MqttReader:
    """Has subscribed to a topic and keeps what comes."""

    def __init__(self, port: int, topic: str) -> None:
        self.told: queue.Queue[str] = queue.Queue()
        ready = threading.Event()
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
        self._client.on_message = lambda client, data, message: self.told.put(message.payload.decode())
        self._client.on_subscribe = lambda *_: ready.set()
        self._client.connect("127.0.0.1", port)
        self._client.subscribe(topic, qos=1)
        self._client.loop_start()
        assert ready.wait(20)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


class IrcReader:
    """Sits in a channel and reads."""

    def __init__(self, port: int, channel: str) -> None:
        self._line = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._file = self._line.makefile("rb")
        self._line.sendall(f"NICK desk\r\nUSER desk 0 * :Desk\r\nJOIN {channel}\r\n".encode())
        self.until("JOIN")

    def until(self, verb: str) -> str:
        """Return the next line that holds this word."""
        for line in self._file:
            if verb in (text := line.decode("utf-8", "replace").rstrip("\r\n")):
                return text
        raise AssertionError("the server hung up")

    def close(self) -> None:
        self._file.close()
        self._line.close()

"""The program as a process of its own, and patience with it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import structlog

from monitor.cli.main import main
from monitor.service.control import SOCKET_NAME

Line = dict[str, Any]
ROOT = Path(__file__).resolve().parents[1]
ENVIRON = os.environ | {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
LIMIT_S = 60.0  # after which whatever is waited for does not come


def command(config: Path | None, *words: str | Path) -> list[str]:
    """Return the words that run the program on a configuration, or on none."""
    given = ["-c", str(config)] if config else []
    return [sys.executable, "-m", "monitor", *given, *map(str, words)]


@dataclass(frozen=True)
class Ran:
    """What came of a command."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[Line]:
        return [json.loads(line) for line in self.out.splitlines()]

    def of(self, kind: str) -> list[Line]:
        return [line for line in self.lines if line["type"] == kind]

    @property
    def sentence(self) -> str:
        """The only line on stderr; whoever reads it has read that there is no other and nothing on stdout."""
        assert self.out == ""
        [line] = self.err.splitlines()
        return line

    @property
    def decisions(self) -> list[tuple[str, str | None, str]]:
        """Each decision's title, watch and outcome."""
        return [(line["title"], line["watch"], line["outcome"]) for line in self.of("decision")]


def run(config: Path | None, *words: str | Path, cwd: Path) -> Ran:
    """Run a command as a process of its own, as a user does."""
    ended = subprocess.run(
        command(config, *words), cwd=cwd, env=ENVIRON, stdin=subprocess.DEVNULL, capture_output=True,
        encoding="utf-8", timeout=100, check=False,
    )  # fmt: skip
    return Ran(ended.returncode, ended.stdout, ended.stderr)


def run_here(config: Path | None, *words: str | Path) -> Ran:
    """Run a command in this process: the same from `main` on, without the second that a start takes."""
    out, err = (TextIOWrapper(BytesIO(), encoding="utf-8", newline="") for _ in range(2))
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = main(command(config, *words)[3:])
    finally:
        structlog.reset_defaults()  # the log was led to a stream that ends here
    return Ran(code, *(_said(stream) for stream in (out, err)))


def _said(stream: TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


def send(process: subprocess.Popen[str], number: signal.Signals = signal.SIGKILL) -> None:
    """Send a signal to a process and all that it started; it must lead a session of its own."""
    if process.returncode is None:
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            pass


def wait_for(holds: Callable[[], object], what: str) -> None:
    until = time.monotonic() + LIMIT_S
    while not holds():
        assert time.monotonic() < until, f"waited {LIMIT_S:g} s for {what}"
        time.sleep(0.02)


@contextmanager
def listening(config: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a daemon that listens in the folder `state` beside its configuration; its log goes to `log` there."""
    with (config.parent / "log").open("w") as log:
        process = subprocess.Popen(
            command(config, "run"), cwd=config.parent, env=ENVIRON, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log, text=True,
        )  # fmt: skip
        try:
            wait_for((config.parent / "state" / SOCKET_NAME).exists, "the daemon to listen")
            yield process
        finally:
            send(process)
            process.wait(LIMIT_S)

"""Processes: starting the programs under measurement, talking to them, and reading what they used from the kernel.

In:  a command that reads one JSON object a line on stdin and answers each with one on stdout.
Out: its answers; CPU seconds, peak and proportional memory of it and of all its descendants.
Not here: what is measured (poll.py), what the programs do (ours.py, peer_reader.py, feed_server.py).

The kernel keeps a process's CPU clock to the nanosecond, and another process may read it; what ended children used is
counted in ticks of 10 ms by their parent. Only processes that were started here are ever stopped.
"""

import json
import os
import queue
import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

ROOT: Final = Path(__file__).resolve().parent.parent
_TICK_S: Final = 1 / os.sysconf("SC_CLK_TCK")
_PROC: Final = Path("/proc")
_MIB: Final = 1024 * 1024
_NOT_PASSED_ON: Final = ("http_proxy", "https_proxy", "all_proxy", "notify_socket", "listen_fds", "monitor_config")

Answer = dict[str, Any]  # what a child says: JSON


class ChildError(Exception):
    """A program under measurement ended, said nothing in time, or said that it failed."""


class Child:
    """A program under measurement, spoken to over its stdin and stdout; its stderr goes to a file."""

    def __init__(self, name: str, command: Sequence[str], *, log: Path, env: Mapping[str, str] | None = None) -> None:
        self.name = name
        self._log = log
        with log.open("ab") as errors:
            self._process: subprocess.Popen[bytes] = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=ROOT,
                env=environment(env or {}),
            )
        self._answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def ask(self, op: str, *, timeout_s: float, **fields: object) -> Answer:
        """Give one order and return the answer. Raises ChildError."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps({"op": op, **fields}).encode() + b"\n")
            self._process.stdin.flush()
            line = self._answers.get(timeout=timeout_s)
        except queue.Empty:
            raise ChildError(f"{self.name}: no answer to {op!r} within {timeout_s:g} s; {self._last_words()}") from None
        except BrokenPipeError:
            line = b""
        if not line:
            raise ChildError(f"{self.name}: ended at {op!r}; {self._last_words()}")
        answer: Answer = json.loads(line)
        if "failed" in answer:
            raise ChildError(f"{self.name}: {op!r} failed: {answer['failed']}; {self._last_words()}")
        return answer

    def close(self) -> None:
        """End it: politely by closing its stdin, then by signal."""
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
        stop(self._process, patience_s=10.0)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._answers.put(line)
        self._answers.put(b"")

    def _last_words(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines()
        return f"its log ends: {' | '.join(lines[-3:])}" if lines else "its log is empty"


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a program under measurement: ours without proxies and the service manager's words."""
    kept = {name: value for name, value in os.environ.items() if name.lower() not in _NOT_PASSED_ON}
    return {**kept, "PYTHONUNBUFFERED": "1", **extra}


def stop(process: subprocess.Popen[bytes], *, patience_s: float) -> None:
    """Wait for a process of ours to end, then make it."""
    for end in (None, process.terminate, process.kill):
        if end is not None:
            end()
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=patience_s)
            return


def family(root: int) -> tuple[int, ...]:
    """Return the process and all its living descendants, itself first."""
    children: dict[int, list[int]] = defaultdict(list)
    for entry in _PROC.iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children[int(fields[1])].append(int(entry.name))
    found = [root]
    for pid in found:
        found += children[pid]
    return tuple(found)


def cpu_s(root: int) -> float:
    """Return the CPU seconds, user and system, that a process and its descendants have used, ended ones included."""
    return sum(_own_cpu_s(pid) + _ended_children_cpu_s(pid) for pid in family(root))


def peak_mib(pid: int) -> float:
    """Return the most resident memory that one process ever had (VmHWM)."""
    return _field_kib(_PROC / str(pid) / "status", "VmHWM:") * 1024 / _MIB


def pss_mib(pids: Sequence[int]) -> float:
    """Return what the processes hold now, each shared page divided by those who share it."""
    return sum(_field_kib(_PROC / str(pid) / "smaps_rollup", "Pss:") for pid in pids) * 1024 / _MIB


class PeakSampler:
    """Samples the memory of a process's descendants while something runs: `with PeakSampler(pid) as peak: …`."""

    def __init__(self, root: int, *, every_s: float = 0.5) -> None:
        self._root = root
        self._every_s = every_s
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.children_pss_mib = 0.0
        self.tree_pss_mib = 0.0
        self.children = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._thread.join()
        self._sample()

    def _run(self) -> None:
        while not self._is_over.wait(self._every_s):
            self._sample()

    def _sample(self) -> None:
        main, *children = family(self._root)
        of_children = pss_mib(children)
        self.children = max(self.children, len(children))
        self.children_pss_mib = max(self.children_pss_mib, of_children)
        self.tree_pss_mib = max(self.tree_pss_mib, of_children + pss_mib([main]))


def _stat(pid: int) -> list[str] | None:
    """Return the fields of /proc/PID/stat behind the name: state, parent, …; None where there is no such process."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (OSError, UnicodeError):
        return None


def _own_cpu_s(pid: int) -> float:
    try:
        return time.clock_gettime((~pid << 3) | 2)  # clock_getcpuclockid(3), scheduler clock: all threads, ended too
    except OSError:
        fields = _stat(pid)
        return (int(fields[11]) + int(fields[12])) * _TICK_S if fields else 0.0


def _ended_children_cpu_s(pid: int) -> float:
    fields = _stat(pid)
    return (int(fields[13]) + int(fields[14])) * _TICK_S if fields else 0.0


def _field_kib(path: Path, name: str) -> int:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)

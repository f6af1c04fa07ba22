"""The peer's environment: reader with pinned hashes, beside the program's own packages, not among them.

In:  requirements-reader.lock.
Out: the path of a Python that can import reader; which versions it has.
Not here: what is done with it (peer_reader.py).

feedparser 6.0.14 no longer brings `sgmllib`, which reader 3.26's own copy of feedparser imports, so the lock adds
sgmllib3k. reader 3.27 needs Python 3.12, this project 3.11.
"""

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Final

from bench.processes import ROOT

LOCK: Final = Path(__file__).with_name("requirements-reader.lock")
FOLDER: Final = ROOT / ".venv-bench" / "reader"


class NoReaderError(Exception):
    """The peer could not be installed."""


def reader_python() -> Path:
    """Return the Python of the peer's environment, made or renewed where needed. Raises NoReaderError."""
    python, stamp = FOLDER / "bin" / "python", FOLDER / "made-from"
    wanted = f"{FOLDER} {sys.version_info[:2]} {hashlib.sha256(LOCK.read_bytes()).hexdigest()}"
    if stamp.is_file() and stamp.read_text() == wanted and python.exists():
        return python
    sys.stderr.write(f"bench: installing {LOCK.name} into {FOLDER.relative_to(ROOT)}\n")
    venv.EnvBuilder(clear=True, symlinks=True, with_pip=False).create(FOLDER)
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--require-hashes"]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or os.environ.get("HOME") or "/nonexistent")
    option = [] if os.access(cache, os.W_OK) else ["--no-cache-dir"]
    command += [*option, "--disable-pip-version-check", "-r", str(LOCK)]
    try:
        subprocess.run(command, check=True, timeout=300, capture_output=True)
    except (OSError, subprocess.SubprocessError) as exc:
        said = (getattr(exc, "stderr", None) or b"").decode(errors="replace").strip().splitlines()
        raise NoReaderError(f"reader could not be installed: {said[-1] if said else exc}") from exc
    stamp.write_text(wanted)
    return python


def pinned() -> dict[str, str]:
    """Return the version of every package in the peer's environment."""
    lines = (line.split()[0] for line in LOCK.read_text().splitlines() if "==" in line and not line.startswith(" "))
    return dict(line.split("==") for line in lines)

"""The systemd unit: as closed as a network daemon can be, and well formed."""

import shutil
import subprocess
from pathlib import Path

import pytest

MOST_EXPOSURE = 15  # systemd's scale times ten; what is left is the network itself

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is absent on this machine"
)


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def unit(root: Path) -> Path:
    return root / "deploy" / "systemd" / "monitor.service"


@needs_systemd
def test_the_exposure_is_at_most_one_and_a_half(unit: Path) -> None:
    measured = run("systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSURE}", str(unit))
    if "unrecognized option" in measured.stderr or "Failed to initialize" in measured.stderr:
        pytest.skip(f"systemd-analyze cannot measure unit files here: {measured.stderr.strip()}")
    assert measured.returncode == 0, measured.stdout[-400:] + measured.stderr


@needs_systemd
def test_systemd_finds_nothing_wrong_with_the_unit(unit: Path, tmp_path: Path) -> None:
    here = tmp_path / unit.name
    here.write_text(unit.read_text().replace("/opt/monitor/bin/monitor run", "/bin/true run"))
    drop_in = tmp_path / "monitor.service.d" / "ssrf.conf"
    drop_in.parent.mkdir()
    shutil.copy(unit.with_name("ssrf.conf"), drop_in)
    said = run("systemd-analyze", "--man=no", "verify", str(here))
    if "Failed to initialize" in said.stderr:
        pytest.skip(f"systemd-analyze cannot verify unit files here: {said.stderr.strip()}")
    about_us = [line for line in said.stderr.splitlines() if "monitor.service" in line or "ssrf.conf" in line]
    assert about_us == []


def test_a_bad_configuration_is_not_started_again(unit: Path) -> None:
    lines = unit.read_text().splitlines()
    assert "RestartPreventExitStatus=78" in lines
    assert not [line for line in lines if line.startswith("ExecStartPre=")], "its failure would be restarted on"


def test_workers_may_wall_themselves_in(unit: Path) -> None:
    """A filter that refused these calls would take away two walls and say nothing."""
    filters = [line.partition("=")[2] for line in unit.read_text().splitlines() if line.startswith("SystemCallFilter=")]
    refused = {call for words in filters if words.startswith("~") for call in words[1:].split()}
    allowed = {call for words in filters if not words.startswith("~") for call in words.split()}
    needed = {"landlock_create_ruleset", "landlock_restrict_self", "seccomp"}
    assert needed <= allowed
    assert not needed & refused

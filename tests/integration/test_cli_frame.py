"""The frame of the command line, from outside and through its front door."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from monitor import __version__
from monitor.cli import main as frame
from monitor.cli.options import Options, pass_options
from monitor.errors import ConfigError, FetchError, MonitorError, QueryError, StateInUseError, UsageError

GOOD = "version: 1\nfeeds: []\nwatches: [{ name: mali, match: Mali }]\n"


def monitor(*words: str, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    root = str(Path(frame.__file__).resolve().parents[2])
    return subprocess.run(
        [sys.executable, "-m", "monitor", *words],
        cwd=cwd, capture_output=True, encoding="utf-8", timeout=60, check=False,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": root, **environ},
    )  # fmt: skip


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> list[Options]:
    """A group `probe` with a command `inner`, both of which remember the options they got."""
    seen: list[Options] = []

    @click.group("probe", invoke_without_command=True)
    @pass_options
    def group(options: Options) -> None:
        seen.append(options)

    @group.command("inner")
    @pass_options
    def inner(options: Options) -> None:
        seen.append(options)

    module = type(sys)("monitor.cli.probe")
    module.command = group  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "monitor.cli.probe", module)
    monkeypatch.setitem(frame.COMMANDS, "probe", ("probe", "Show what arrives."))
    return seen


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """A command `fail` that raises what is put into the list."""
    errors: list[BaseException] = []

    @click.command("fail")
    def fail() -> None:
        raise errors[0]

    module = type(sys)("monitor.cli.fail")
    module.command = fail  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "monitor.cli.fail", module)
    monkeypatch.setitem(frame.COMMANDS, "fail", ("fail", "Fail."))
    return errors


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom monitor.cli.main import main\nassert main(['--help']) == 0\n"
        "heavy = {'apprise', 'trafilatura', 'sqlalchemy', 'pydantic', 'pycurl', 'feedparser', 'numpy', 'lxml'}\n"
        "print('heavy:', sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    root = str(Path(frame.__file__).resolve().parents[2])
    ran = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, timeout=60, check=True)
    assert ran.stderr == "heavy: []\n"


def test_help_lists_every_command_without_importing_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert frame.main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown for name in frame.COMMANDS)


@pytest.mark.parametrize("words", [["--version"], ["probe", "--version"], ["probe", "inner", "--version"]])
def test_the_version_is_told_before_and_after_a_commands_name(
    words: list[str], probe: list[Options], capsys: pytest.CaptureFixture[str]
) -> None:
    assert frame.main(words) == 0
    assert capsys.readouterr().out == f"monitor {__version__}\n"


@pytest.mark.parametrize(
    "words",
    [
        ["-c", "x.yaml", "--state", "s", "--json", "-q", "-v", "--no-color", "probe", "inner"],
        ["probe", "-c", "x.yaml", "--state", "s", "--json", "-q", "-v", "--no-color", "inner"],
        ["probe", "inner", "--config", "x.yaml", "--state", "s", "--json", "-q", "-v", "--no-color"],
        ["-q", "--json", "probe", "-v", "inner", "-c", "x.yaml", "--no-color", "--state=s"],
    ],
)
def test_global_options_are_understood_everywhere(words: list[str], probe: list[Options]) -> None:
    assert frame.main(words) == 0
    everything = Options(config=Path("x.yaml"), state="s", json=True, quiet=True, verbose=True, no_color=True)
    assert probe[-1] == everything


def test_the_last_word_on_an_option_wins(probe: list[Options]) -> None:
    frame.main(["-c", "first.yaml", "probe", "inner", "-c", "last.yaml"])
    assert probe[-1].config == Path("last.yaml")


def test_no_color_in_the_environment_counts(probe: list[Options], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    frame.main(["probe"])
    assert probe[-1].no_color


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MonitorError("x"), 1),
        (FetchError("x", url="https://example.org/"), 1),
        (OSError(28, "no space left"), 1),
        (RuntimeError("x"), 1),
        (UsageError("x"), 2),
        (QueryError("x", query="x", column=1), 2),
        (click.UsageError("x"), 2),
        (StateInUseError("x"), 75),
        (ConfigError(["a:1:1: x"]), 78),
        (KeyboardInterrupt(), 130),
    ],
)
def test_an_error_becomes_its_exit_code(
    error: BaseException, code: int, failing: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    failing.append(error)
    assert frame.main(["fail"]) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Traceback" not in printed.err


def test_a_traceback_is_shown_to_those_who_ask(
    failing: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    failing.append(RuntimeError("x"))
    assert frame.main(["fail", "-v"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_a_word_that_is_no_command_is_usage_with_the_nearest_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert frame.main(["repaly"]) == 2
    assert "Did you mean 'replay'?" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--nonsense"], ["check", "--nonsense"], []])
def test_what_cannot_be_understood_is_usage(words: list[str]) -> None:
    assert frame.main(words) == 2


def test_a_reader_that_stops_reading_is_no_reason_to_complain(tmp_path: Path) -> None:
    (tmp_path / "monitor.yaml").write_text("version: 1\nfeeds:\n" + "  - { nme: x }\n" * 5_000 + "watches: []\n")
    root = str(Path(frame.__file__).resolve().parents[2])
    line = f"{shlex.quote(sys.executable)} -m monitor check | head -n 1"
    ran = subprocess.run(
        ["/bin/sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": root},
    )  # fmt: skip
    assert ran.stderr == ""
    assert ran.stdout.count("\n") == 1


def test_check_counts_what_it_found_in_order(tmp_path: Path) -> None:
    (tmp_path / "monitor.yaml").write_text(GOOD)
    ran = monitor("check", cwd=tmp_path)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "OK: 0 feeds, 1 watch, 0 channels\n", "")
    as_json = monitor("--json", "check", cwd=tmp_path)
    assert json.loads(as_json.stdout) == {"type": "summary", "feeds": 0, "watches": 1, "channels": 0}


def test_check_names_each_problem_and_ends_with_3(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(GOOD + "stat: x\n")
    ran = monitor("check", "-c", "bad.yaml", cwd=tmp_path)
    assert (ran.returncode, ran.stderr) == (3, "")
    assert ran.stdout == "bad.yaml:4:1: stat: unknown key. Did you mean 'state'?\n"
    as_json = json.loads(monitor("check", "--json", cwd=tmp_path, MONITOR_CONFIG="bad.yaml").stdout)
    assert (as_json["file"], as_json["line"], as_json["column"], as_json["key"]) == ("bad.yaml", 4, 1, "stat")


def test_check_names_a_channel_that_nobody_can_reach_and_not_its_address(tmp_path: Path) -> None:
    (tmp_path / "monitor.yaml").write_text(
        GOOD + "channels:\n  - { name: ok, url: 'json://localhost' }\n  - { name: desk, url: 'nope://s3cret' }\n"
        "route: { to: [ok, desk] }\n"
    )
    ran = monitor("check", cwd=tmp_path)
    assert (ran.returncode, ran.stderr) == (3, "")
    assert ran.stdout == "monitor.yaml:6:24: channels.1.url: no service is reached by 'nope://'\n"


def test_check_names_every_channel_that_is_wrong_and_whatever_else_is(tmp_path: Path) -> None:
    (tmp_path / "monitor.yaml").write_text(
        GOOD + "channels:\n  - { name: a, url: 'nope://s3cret' }\n  - { name: b, url: plain }\n"
        "  - { name: c, url: 'never://s3cret' }\n  - { name: d }\nroute: { to: [a, e] }\nstat: x\n"
    )
    ran = monitor("check", cwd=tmp_path)
    assert (ran.returncode, ran.stderr) == (3, "")
    problems = [line.split(": ", 2)[1:] for line in ran.stdout.splitlines()]
    assert [key for key, _ in problems] == [
        "channels.0.url", "channels.1.url", "channels.2.url", "channels.3", "route.to.1", "stat",
    ]  # fmt: skip
    assert [said for key, said in problems if key in ("channels.0.url", "channels.2.url")] == [
        "no service is reached by 'nope://'",
        "no service is reached by 'never://'",
    ]


def test_check_without_a_configuration_says_how_to_get_one(tmp_path: Path) -> None:
    ran = monitor("check", cwd=tmp_path)
    assert ran.returncode == 3
    assert "monitor init" in ran.stdout


def test_output_is_utf8_in_any_locale(tmp_path: Path) -> None:
    (tmp_path / "monitor.yaml").write_text(GOOD + "مالي: x\n", encoding="utf-8")
    ran = monitor("check", cwd=tmp_path, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert "مالي: unknown key" in ran.stdout


def test_init_writes_a_file_that_check_passes_and_never_overwrites(tmp_path: Path) -> None:
    assert monitor("init", cwd=tmp_path).returncode == 0
    written = (tmp_path / "monitor.yaml").read_bytes()
    assert monitor("check", cwd=tmp_path).returncode == 0
    again = monitor("init", cwd=tmp_path)
    assert again.returncode == 1
    assert again.stderr.startswith("monitor.yaml exists already")
    assert (tmp_path / "monitor.yaml").read_bytes() == written


def test_init_takes_over_the_feeds_of_an_opml_file(tmp_path: Path) -> None:
    (tmp_path / "feeds.opml").write_text(
        '<opml version="2.0"><body><outline text="A: {b}" xmlUrl="https://example.org/a"/>'
        '<outline text="A: {b}" xmlUrl="https://example.org/b"/></body></opml>'
    )
    assert monitor("init", "--opml", "feeds.opml", "-c", "mine.yaml", cwd=tmp_path).returncode == 0
    assert monitor("check", "-c", "mine.yaml", cwd=tmp_path).stdout == "OK: 2 feeds, 1 watch, 0 channels\n"


@pytest.mark.parametrize("words", [["--opml", "nowhere.opml"], ["--opml", "bad.opml"], ["-c", "no/such/folder.yaml"]])
def test_init_says_in_one_sentence_what_keeps_it(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "bad.opml").write_text("no xml")
    ran = monitor("init", *words, cwd=tmp_path)
    assert ran.returncode == 1
    assert ran.stderr.count("\n") == 1

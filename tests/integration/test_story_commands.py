"""`monitor story` through its front door: on a state of its own, beside a daemon, beside a pass."""

import contextlib
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from newsroom import DAM, STRIKE
from programs import ENVIRON, LIMIT_S, Line, Ran, command, listening, run_here, wait_for
from rich.cells import cell_len

from monitor.service.control import ask
from monitor.store.engine import open_store

NASTY = "Brenna: Velka \u202edam\u202c \x9b31m leak “大坝决堤” @everyone"
COPIES = "copies leave with what they repeat"


@dataclass
class Desk:
    """A configuration with an inbox, and the program run on it."""

    folder: Path

    def __call__(self, *words: str) -> Ran:
        return run_here(self.folder / "monitor.yaml", "story", *words)

    def bring(self, **texts: str) -> None:
        """Put texts into the inbox, each with an address and an outlet of its own."""
        for name, text in texts.items():
            title, _, body = text.partition("\n")
            row = {"title": title, "text": body, "url": f"https://{name}.example/{name}", "outlet": name.title()}
            (self.folder / f"{name}.part").write_text(json.dumps(row), encoding="utf-8")
            (self.folder / f"{name}.part").rename(self.folder / "inbox" / f"{name}.jsonl")

    def once(self) -> None:
        ran = run_here(self.folder / "monitor.yaml", "once", "--now", "--json")
        assert ran.code == 0, ran.err

    def listed(self, *words: str) -> list[Line]:
        ran = self("list", "--json", *words)
        assert (ran.code, ran.err) == (0, "")
        return ran.lines

    def shown(self, ref: str) -> Line:
        ran = self("show", ref, "--json")
        assert (ran.code, ran.err) == (0, "")
        return ran.lines[0]

    def ids(self, watch: str = "all") -> dict[str, str]:
        """Return the stories of a watch by the first word of their title."""
        return {line["title"].split()[0]: line["id"] for line in self.listed("--watch", watch)}

    @property
    def state(self) -> Path:
        return self.folder / "state"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk that was told of a dam, by two outlets and a copy, and of a strike."""
    made = Desk(tmp_path)
    (tmp_path / "inbox").mkdir()
    (tmp_path / "monitor.yaml").write_text(
        "version: 1\ndefaults: { every: 1s }\nfeeds: [{ name: inbox, folder: inbox, first_poll: judge }]\n"
        "watches:\n  - { name: all, match: '*:*', novelty: { embedder: none } }\n"
        "  - { name: dam, match: Velka, novelty: { embedder: none } }\n"
    )
    made.bring(alpha=DAM.first, beta=DAM.rewrites[0], copy=DAM.rewrites[0], delta=STRIKE.first)
    made.once()
    return made


# --- list and show ----------------------------------------------------------------------------------------------------


def test_stories_are_listed_with_who_reports_them(desk: Desk) -> None:
    lines = desk.listed("--watch", "all")
    assert {line["title"] for line in lines} == {DAM.first.splitlines()[0], STRIKE.first.splitlines()[0]}
    [dam] = [line for line in lines if line["articles"] == 3]
    assert set(dam) == {
        "type", "id", "watch", "title", "articles", "outlets", "independent", "alerts", "created", "updated",
    }  # fmt: skip
    assert (dam["type"], dam["watch"], dam["outlets"]) == ("story", "all", ["Alpha", "Beta", "Copy"])
    assert (dam["independent"], dam["alerts"]) == (2, 1)
    assert datetime.fromisoformat(dam["created"]) < datetime.fromisoformat(dam["updated"]) < datetime.now(UTC)
    assert len(desk.listed()) == 3
    moved = [line["updated"] for line in desk.listed()]
    assert moved == sorted(moved, reverse=True)
    assert desk.listed("--limit", "1") == desk.listed()[:1]
    assert desk.listed("--since", "1h") == desk.listed("--since", "999999d") == desk.listed()
    assert desk.listed("--since", "0s") == []
    assert desk("list", "--since", "0s").out == "no stories\n"


def test_people_read_the_same_in_lines(desk: Desk) -> None:
    dam = desk.ids("dam")["Thousands"]
    [line] = desk.listed("--watch", "dam")
    moments = [f"{datetime.fromisoformat(line[key]):%Y-%m-%d %H:%M}" for key in ("updated", "created")]
    assert desk("list", "--watch", "dam").out == (
        f"{moments[0]}  Thousands told to leave homes below leaking Velka dam\n"
        f"{'':16}  3 articles · 2 independent of 3 outlets · 1 alert\n"
        f"{'':16}  {dam} · watch dam · since {moments[1]} UTC\n\n"
    )


def test_a_story_is_shown_from_its_first_article_to_its_last(desk: Desk) -> None:
    dam = desk.ids()["Thousands"]
    told = desk.shown(dam[:6])
    assert told["id"] == dam
    first, second, third = told["timeline"]
    assert [each["outcome"] for each in told["timeline"]] == ["alerted", "known", "duplicate"]
    assert (first["outlet"], first["url"]) == ("Alpha", "https://alpha.example/alpha")
    assert (third["copy_of"], third["copy_kind"], third["reason"]) == (second["entry"], "same_text", "same_text")
    assert [(each["id"], each["revision"]) for each in told["told"]] == [(first["alert"], 1)]
    assert (third["alert"], told["merged"], told["named"]) == (None, [], None)
    assert {"velka", "brenna"} <= set(told["words"])
    out = desk("show", dam).out
    for said in (
        dam,
        "Alpha, Beta, Copy",
        f"the same text as {second['entry']}",
        f"alert {first['alert']}",
    ):
        assert said in out
    assert "https://beta.example/beta" in out


def test_what_strangers_wrote_does_nothing_to_a_terminal(desk: Desk) -> None:
    desk.bring(nasty=f"{NASTY}\n{DAM.developments[0]}")
    desk.once()
    story = next(line["id"] for line in desk.listed("--watch", "all") if line["articles"] == 4)
    nasty = next(each["entry"] for each in desk.shown(story)["timeline"] if "everyone" in each["title"])
    ran = desk("split", story, nasty)
    new = ran.out.split()[1].rstrip(":")
    for out in (ran.out, desk("list").out, desk("show", new).out):
        assert "大坝决堤" in out
        assert "＠everyone" in out
        assert not {"\u202e", "\u202c", "\x9b", "\x1b"} & set(out)


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_on_a_terminal_lines_keep_within_its_width(desk: Desk, columns: int) -> None:
    """Wide characters count twice."""
    desk.bring(wide=f"{'大坝决堤' * 20} Velka\n{DAM.developments[0]}")
    desk.once()
    shown = on_terminal(command(desk.folder / "monitor.yaml", "story", "list"), columns)
    assert shown.count("大") == 20 * 2
    assert max(map(cell_len, shown.splitlines())) in (columns - 1, columns)  # where half of a wide one would fit


def on_terminal(words: list[str], columns: int) -> str:
    """Return what a command shows on a terminal of its own, without its styles."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environ = {name: value for name, value in ENVIRON.items() if name not in ("COLUMNS", "LINES")}
    with subprocess.Popen(words, env=environ | {"TERM": "xterm"}, stdin=its, stdout=its, stderr=its):
        os.close(its)
        shown = b""
        with contextlib.suppress(OSError):  # EIO: the last one who wrote to it is gone
            while piece := os.read(ours, 65_536):
                shown += piece
    os.close(ours)
    return re.sub(r"\x1b\[[0-9;]*m|\r", "", shown.decode())


# --- merge and split --------------------------------------------------------------------------------------------------


def test_a_merged_id_is_answered_by_the_story_that_it_went_into(desk: Desk) -> None:
    ids = desk.ids()
    dam, strike = ids["Thousands"], ids["Dockers"]
    [line] = desk("merge", strike[:5], f"[{dam}]", "--json").lines
    assert line == {
        "type": "merged", "story": dam, "title": DAM.first.splitlines()[0], "articles": 4, "other": strike,
    }  # fmt: skip
    assert list(desk.ids().values()) == [dam]
    told = desk.shown(strike)
    assert (told["id"], told["named"], told["articles"]) == (dam, strike, 4)
    assert told["merged"] == [{"id": strike, "title": "Dockers at Norhaven walk out over cranes"}]
    assert (
        f"{strike}, “Dockers at Norhaven walk out over cranes”, was merged into this story" in desk("show", strike).out
    )
    assert {each["story"] for each in told["told"]} == {dam, strike}  # as they were told
    entry = told["told"][-1]["id"]
    why = run_here(desk.folder / "monitor.yaml", "--json", "why", entry).lines[0]
    assert strike in {decision["story"] for decision in why["decisions"]}

    ran = desk("split", dam, "https://delta.example/delta")
    assert ran.out == (
        f"made {strike}: “Dockers at Norhaven walk out over cranes”, 1 article\n"
        f"kept {dam}: “{DAM.first.splitlines()[0]}”, 3 articles\n"
    )
    assert desk.ids() == ids


def test_a_split_says_what_went_along(desk: Desk) -> None:
    dam = desk.ids()["Thousands"]
    second = desk.shown(dam)["timeline"][1]["entry"]
    ran = desk("split", dam, second[:8])
    new = desk.ids()["Evacuation"]
    assert ran.out == (
        f"made {new}: “{DAM.rewrites[0].splitlines()[0]}”, 2 articles, 1 copy among them\n"
        f"kept {dam}: “{DAM.first.splitlines()[0]}”, 1 article\n"
    )
    [line] = desk("merge", new, dam, "--json").lines
    assert line["articles"] == 3
    assert desk("merge", new, dam, "-q").code == 1
    assert desk("split", dam, second, "-q").out == ""


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["show", "abc"], 2, "'abc' is too short: give at least 4 characters of an id"),
        (["show", "ffff0000"], 1, "there is no story 'ffff0000'; `monitor story list` shows them"),
        (["merge", "ffff", "{dam}"], 1, "there is no story 'ffff'; `monitor story list` shows them"),
        (["merge", "{dam}", "{dam}"], 1, "'{dam}' and '{dam}' are one story already, {dam}"),
        (["merge", "{dam}", "{other}"], 1, "{dam} is a story of watch 'all' and {other} of 'dam'"),
        (["split", "{dam}", "ffff"], 1, "'ffff' is no entry of story {dam}"),
        (["split", "{strike}", "https://delta.example/delta"], 1, "story {strike} would keep no article: " + COPIES),
        (["list", "--watch", "nope"], 2, "there is no watch named 'nope'"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_one_sentence(desk: Desk, words: list[str], code: int, said: str) -> None:
    ids = desk.ids()
    names = {"dam": ids["Thousands"], "strike": ids["Dockers"], "other": desk.ids("dam")["Thousands"]}
    before = desk.listed()
    ran = desk(*(word.format(**names) for word in words))
    assert (ran.code, ran.sentence) == (code, said.format(**names))
    assert desk.listed() == before


@pytest.mark.parametrize("words", [["split", "abcd"], ["merge", "abcd"], ["list", "--since", "often"], ["show"]])
def test_words_that_make_no_command_are_named(desk: Desk, words: list[str]) -> None:
    ran = desk(*words)
    assert (ran.code, ran.out) == (2, "")
    assert "Error: " in ran.err


def test_without_a_store_nothing_is_made(tmp_path: Path) -> None:
    (tmp_path / "monitor.yaml").write_text("version: 1\nfeeds: []\nwatches: [{ name: all, match: '*:*' }]\n")
    for words in (["list"], ["show", "abcd"], ["merge", "abcd", "abce"], ["split", "abcd", "abce"]):
        ran = Desk(tmp_path)(*words)
        assert ran.code == 1
        assert ran.sentence.endswith("nothing is stored here yet; `monitor once` or `monitor run` makes the store")
    assert not (tmp_path / "state").exists()


# --- beside others ----------------------------------------------------------------------------------------------------


def test_a_pass_that_runs_meanwhile_is_waited_for_and_then_named(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.cli.beside.PATIENCE_S", 0.2)
    ids = desk.ids()
    held = open_store(desk.state)
    ran = desk("merge", ids["Dockers"], ids["Thousands"])
    assert ran.code == 75
    assert "another monitor uses this state" in ran.sentence
    assert desk.shown(ids["Dockers"])["named"] is None  # reading goes on
    held.close()
    assert desk("merge", ids["Dockers"], ids["Thousands"]).code == 0


def test_a_running_daemon_makes_the_change_and_goes_by_it(desk: Desk) -> None:
    ids = desk.ids()
    dam, strike = ids["Thousands"], ids["Dockers"]
    with listening(desk.folder / "monitor.yaml") as process:
        ran = desk("merge", strike, dam)
        assert ran.out == f"merged {strike} into {dam}: “{DAM.first.splitlines()[0]}”, 4 articles\n"
        assert desk("merge", strike, dam).sentence == f"'{strike}' and '{dam}' are one story already, {dam}"
        desk.bring(gamma=STRIKE.rewrites[0])
        wait_for(lambda: desk.listed("--watch", "all")[0]["articles"] == 5, "the next article of the strike")
        assert desk.shown(strike)["id"] == dam
        assert desk("split", dam, "ffff").sentence == f"'ffff' is no entry of story {dam}"
        entries = [each["entry"] for each in desk.shown(dam)["timeline"][-2:]]
        [line] = desk("split", dam, *entries, "--json").lines
        assert (line["type"], line["articles"], line["moved"]) == ("split", 3, 2)
        one: Line = {"story": dam}
        for nonsense, said in (
            ({"do": "story_merge"} | one, "what is named is named by words"),
            ({"do": "story_split", "entries": [7]} | one, "what is named is named by words"),
            ({"do": "story_split", "entries": dam} | one, "entries are a list of words"),
        ):
            assert ask(desk.state, nonsense) == {"ok": False, "error": said}
        process.terminate()
        assert process.wait(LIMIT_S) == 0
    log = [json.loads(text) for text in (desk.folder / "log").read_text().splitlines()]
    assert [each["event"] for each in log if each["event"].startswith("stor")] == ["stories_merged", "story_split"]
    assert desk.shown(strike)["id"] == line["new"]
    assert desk.ids()["Thousands"] == dam

"""Bad input through the command line: one clear sentence, the right exit code, never a traceback."""

import json
import os
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import pytest
from programs import Ran, run, run_here

from monitor.store.engine import open_store

MIB = 1024 * 1024

GOOD = "version: 1\nfeeds: []\nwatches: [{ name: mali, match: Mali, novelty: { embedder: none } }]\n"
SEVERAL = b"""version: 2
feeds:
  - { name: a, url: 'ftp://example.org/' }
  - { name: b, urll: x }
watches:
  - { name: mali, match: 'Mali AND (', novelty: { min: 1.4 } }
route: { to: [nobody] }
"""
# What is wrong, and where each problem stands.
BAD: dict[str, tuple[bytes, list[str]]] = {
    "open bracket": (b"version: 1\nfeeds: [\nwatches: []\n", ["4:1: "]),
    "tab": (b"version: 1\nfeeds:\n\t- a\n", ["3:1: "]),
    "duplicate key": (b"version: 1\nversion: 1\nfeeds: []\nwatches: []\n", ["2:1: "]),
    "not UTF-8": (b"version: 1\nfeeds: []\nwatches: [{ name: mali, match: R\xe9union }]\n", ["3:"]),
    "a list": (b"- version: 1\n", ["1:1: "]),
    "empty": (b"", ["1:1: "]),
    "several at once": (
        SEVERAL,
        ["1:10: version: ", "3:21: feeds.0.url: ", "4:5: feeds.1: ", "4:16: feeds.1.urll: ", "6:26: watches.0.match: ",
         "6:56: watches.0.novelty.min: ", "7:15: route.to.0: "],
    ),
}  # fmt: skip
OTHERS = (["once"], ["run"], ["status"], ["alerts"], ["why", "f00d"], ["replay", "."])


def monitor(*words: str, cwd: Path) -> Ran:
    with chdir(cwd):
        return sound(run_here(None, *words))


def sound(ran: Ran) -> Ran:
    assert "Traceback" not in ran.err
    assert "unforeseen" not in ran.err
    return ran


@pytest.fixture
def at(tmp_path: Path) -> Path:
    (tmp_path / "monitor.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "a.txt").write_text("Mali buys wheat\n\nMali bought wheat from Ukraine.\n", encoding="utf-8")
    return tmp_path


# --- configuration ----------------------------------------------------------------------------------------------------


def check_problems(lines: list[str], path: Path, places: list[str]) -> None:
    assert len(lines) == len(places), lines
    for line, place in zip(lines, places, strict=True):
        assert line.startswith(f"{path}:{place}"), line
        file, number, column, message = line.split(":", 3)
        assert (file, number.isdigit(), column.isdigit()) == (str(path), True, True)
        assert message.strip()


@pytest.mark.parametrize("what", BAD)
def test_check_names_every_problem_with_its_place_and_ends_with_3(what: str, tmp_path: Path) -> None:
    given, places = BAD[what]
    path = tmp_path / "monitor.yaml"
    path.write_bytes(given)
    ran = monitor("-c", str(path), "check", cwd=tmp_path)
    assert (ran.code, ran.err) == (3, "")
    check_problems(ran.out.splitlines(), path, places)


@pytest.mark.parametrize("words", OTHERS, ids=lambda words: words[0])
def test_every_other_command_ends_with_78_and_names_the_same_problems(words: list[str], tmp_path: Path) -> None:
    given, places = BAD["several at once"]
    path = tmp_path / "monitor.yaml"
    path.write_bytes(given)
    ran = sound(run(path, *words, cwd=tmp_path))
    assert (ran.code, ran.out) == (78, "")
    check_problems(ran.err.splitlines(), path, places)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["monitor.yaml"]


@pytest.mark.parametrize("what", ["open bracket", "not UTF-8", "empty"])
def test_a_file_that_cannot_be_parsed_ends_a_pass_with_78(what: str, tmp_path: Path) -> None:
    given, places = BAD[what]
    path = tmp_path / "monitor.yaml"
    path.write_bytes(given)
    ran = monitor("-c", str(path), "once", cwd=tmp_path)
    assert ran.code == 78
    check_problems([ran.sentence], path, places)


def test_hostile_configurations_of_the_shared_folder_are_named(shared: Path, tmp_path: Path) -> None:
    samples = sorted((shared / "hostile" / "config").glob("*.yaml"))
    if not samples:
        pytest.skip("no hostile configurations")
    for sample in samples:
        checked = monitor("-c", str(sample), "check", cwd=tmp_path)
        assert checked.code == 3
        assert all(line.startswith(f"{sample}:") for line in checked.out.splitlines())
        assert monitor("-c", str(sample), "--state", "state", "once", cwd=tmp_path).code == 78


def test_no_configuration_and_one_that_does_not_exist_are_told_apart(tmp_path: Path) -> None:
    none = monitor("once", cwd=tmp_path)
    assert none.code == 78
    assert "`monitor init` writes one" in none.sentence
    missing = monitor("-c", "nowhere.yaml", "once", cwd=tmp_path)
    assert missing.code == 78
    assert "nowhere.yaml" in missing.sentence
    folder = monitor("-c", ".", "once", cwd=tmp_path)
    assert folder.code == 78


# --- usage ------------------------------------------------------------------------------------------------------------


def test_an_unknown_command_is_usage(at: Path) -> None:
    ran = monitor("stauts", cwd=at)
    assert (ran.code, ran.out) == (2, "")
    assert "there is no command 'stauts'. Did you mean 'status'?" in ran.err


@pytest.mark.parametrize(
    "words", [["replay"], ["extract"], ["diff"], ["why"], ["once", "--soon"], ["rules", "try", "x"]]
)
def test_what_is_missing_or_unknown_is_usage(words: list[str], at: Path) -> None:
    ran = monitor(*words, cwd=at)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[-1].startswith("Error: ")


@pytest.mark.parametrize(
    ("query", "column"),
    [("Mali AND (", 11), ('"Mali', 1), ("Mali OR", 8), ("term:nobody", 6), ("(Mali))", 7), ("/Mal.*/", 1), ("", 1)],
)
def test_a_query_with_a_fault_shows_its_column(query: str, column: int, at: Path) -> None:
    ran = monitor("rules", "try", query, "a.txt", cwd=at)
    assert (ran.code, ran.out) == (2, "")
    sentence, shown, pointer = ran.err.splitlines()
    assert sentence.startswith(f"column {column}: ")
    assert len(sentence) > len(f"column {column}: ") + 10
    assert shown == f"  {query}"
    assert pointer == " " * (column + 1) + "^"


# --- files ------------------------------------------------------------------------------------------------------------


def test_a_file_that_cannot_be_opened_is_named_and_costs_the_others_nothing(at: Path) -> None:
    """A pipe, a dangling link and a folder that pretends to be a text: none of them can be read, even by root."""
    os.mkfifo(at / "pipe.txt")
    (at / "dangling.txt").symlink_to(at / "nothing")
    ran = monitor("--json", "replay", "a.txt", "pipe.txt", "dangling.txt", cwd=at)
    assert ran.code == 1
    assert [line.split(":")[0] for line in ran.err.splitlines()] == ["pipe.txt", "dangling.txt"]
    assert json.loads(ran.out.splitlines()[-1])["entries"] == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission_is_named(at: Path) -> None:
    (at / "shut.txt").write_text("Mali\n")
    (at / "shut.txt").chmod(0)
    for words in (
        ["replay", "shut.txt"],
        ["diff", "shut.txt"],
        ["extract", "shut.txt"],
        ["rules", "try", "x", "shut.txt"],
    ):
        ran = monitor("--json", *words, cwd=at)
        assert ran.code == 1
        assert "shut.txt" in ran.err


def test_an_empty_folder_is_named_as_feed_as_baseline_and_as_input(at: Path) -> None:
    (at / "empty").mkdir()
    assert "no .txt, .md, .html or .jsonl file" in monitor("--json", "replay", "empty", cwd=at).err
    compared = monitor("--json", "diff", "empty", cwd=at)
    assert compared.code == 1
    assert compared.sentence.startswith("empty: no .txt")
    known = monitor("--json", "replay", "a.txt", "--baseline", "empty", cwd=at)
    assert known.code == 1
    [sentence] = known.err.splitlines()
    assert sentence.startswith("empty: no .txt")


def test_a_folder_feed_may_be_empty_but_one_that_is_gone_is_a_fault_of_the_configuration(at: Path) -> None:
    """An inbox with nothing in it is an ordinary day."""
    (at / "inbox").mkdir()
    (at / "inbox" / "README.md").write_text("Put articles here.\n")
    (at / "monitor.yaml").write_text(GOOD.replace("feeds: []", "feeds: [{ name: inbox, folder: inbox }]"))
    empty = monitor("--json", "once", cwd=at)
    assert (empty.code, empty.err) == (0, "")
    assert json.loads(empty.out)["entries"] == 0
    (at / "inbox" / "README.md").unlink()
    (at / "inbox").rmdir()
    gone = monitor("--json", "once", "--now", cwd=at)
    assert gone.code == 78
    assert gone.sentence == "monitor.yaml:2:32: feeds.0.folder: there is no folder 'inbox'"


def test_extract_reads_an_empty_file_and_names_a_huge_and_a_missing_one(at: Path) -> None:
    (at / "empty.html").write_bytes(b"")
    (at / "huge.html").write_bytes(b"<p>" + b"word " * (4 * MIB))
    ran = monitor("--json", "extract", "huge.html", "missing.html", "empty.html", ".", cwd=at)
    assert ran.code == 1
    huge, missing, folder = ran.err.splitlines()
    assert huge == "huge.html: is larger than 5 MiB"
    assert missing == "missing.html: No such file or directory"
    assert folder.startswith(".: ")
    [page] = map(json.loads, ran.out.splitlines())
    assert (page["file"], page["title"], page["text"]) == ("empty.html", "", "")
    assert monitor("extract", "empty.html", cwd=at).code == 0


def test_diff_and_rules_name_files_that_are_missing_huge_or_not_text(at: Path) -> None:
    (at / "huge.txt").write_bytes(b"word " * (4 * MIB))
    (at / "latin.txt").write_bytes("Réunion".encode("latin-1"))
    compared = monitor("--json", "diff", "missing.txt", "huge.txt", "latin.txt", "a.txt", cwd=at)
    assert compared.code == 1
    assert sorted(line.split(":")[0] for line in compared.err.splitlines()) == [
        "huge.txt",
        "latin.txt",
        "missing.txt",
    ]
    assert {json.loads(line)["file"] for line in compared.out.splitlines()} == {"a.txt"}
    tried = monitor("--json", "rules", "try", "Mali", "missing.txt", "huge.txt", "latin.txt", "a.txt", cwd=at)
    assert tried.code == 1
    assert sorted(line.split(":")[0] for line in tried.err.splitlines()) == ["huge.txt", "latin.txt", "missing.txt"]
    assert [json.loads(line)["matched"] for line in tried.out.splitlines()] == [True]


def test_a_pipe_is_named_and_never_waited_for(at: Path) -> None:
    os.mkfifo(at / "pipe")
    for words, code in ((["extract"], 1), (["rules", "try", "Mali"], 1), (["status", "-c"], 78)):
        ran = monitor(*words, "pipe", cwd=at)
        assert (ran.code, "plain file and was not opened" in ran.sentence) == (code, True)
    checked = monitor("check", "-c", "pipe", cwd=at)
    assert (checked.code, checked.err) == (3, "")
    assert checked.out.startswith("pipe:1:1: this is no plain file")


# --- state ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def held(at: Path) -> Iterator[Path]:
    """A state folder that this process holds, as a second instance would."""
    store = open_store(at / "state")
    yield at
    store.close()


@pytest.mark.parametrize("words", [["once"], ["run"]], ids=lambda words: words[0])
def test_a_second_instance_ends_with_75(words: list[str], held: Path) -> None:
    ran = monitor(*words, cwd=held)
    assert ran.code == 75
    assert ran.sentence.startswith(f"{held}/state: another monitor uses this state")


@pytest.mark.parametrize("ref", ["", " ", "[#]", "abc"])
def test_why_asks_for_more_than_a_letter_or_two(ref: str, at: Path) -> None:
    ran = monitor("why", ref, cwd=at)
    assert ran.code == 2
    assert "name a URL, or at least 4 characters" in ran.sentence


def test_what_is_unknown_has_no_why(held: Path) -> None:
    for ref in ("https://example.org/nothing", "%\x1b[31m"):
        ran = monitor("why", ref, cwd=held)
        assert ran.code == 1
        assert ran.sentence.startswith("nothing is known of ")
        assert "\x1b" not in ran.err


@pytest.mark.parametrize("words", [["status"], ["alerts"], ["why", "f00d"]], ids=lambda words: words[0])
def test_where_nothing_is_stored_yet_that_is_said(words: list[str], at: Path) -> None:
    ran = monitor(*words, cwd=at)
    assert ran.code == 1
    assert "nothing is stored here yet" in ran.sentence
    assert not (at / "state").exists()


@pytest.mark.parametrize("words", [["once"], ["status"]], ids=lambda words: words[0])
def test_a_state_that_cannot_be_used_is_named(words: list[str], at: Path) -> None:
    (at / "file").write_text("")
    ran = monitor("--state", "file/state", *words, cwd=at)
    assert ran.code == 1
    assert "file/state" in ran.sentence
    (at / "state").mkdir()
    (at / "state" / "monitor.sqlite").write_bytes(b"this was a database once\n" * 400)
    broken = monitor(*words, cwd=at)
    assert broken.code == 1
    assert broken.sentence.endswith("state/monitor.sqlite: file is not a database")

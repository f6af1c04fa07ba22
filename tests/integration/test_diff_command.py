"""`monitor diff` from outside: its output, its page, and what it does not write to."""

import json
import os
import stat
from pathlib import Path

import pytest
from programs import ROOT, Ran, run_here

OLD = "---\ntitle: Harbour to grow\ndate: 2026-11-01\nlanguage: en\n---\nThe harbour of Tarvik has 300 berths. "
OLD += "Work on the new pier began in May.\n"
NEW = "---\ntitle: Harbour grows again\ndate: 2026-11-20\nlanguage: en\n---\nThe harbour of Tarvik has 450 berths. "
NEW += "Dockers voted to strike over pay on Friday, the union chairman Odd Berg said.\n"


@pytest.fixture
def texts(tmp_path: Path) -> tuple[Path, Path]:
    old, new = tmp_path / "old.md", tmp_path / "new.md"
    old.write_text(OLD)
    new.write_text(NEW)
    return old, new


def diff(*words: str | Path) -> Ran:
    return run_here(None, "diff", *words)


def test_a_text_is_shown_beside_what_is_known(texts: tuple[Path, Path]) -> None:
    old, new = texts
    ran = diff(new, "--baseline", old)
    assert ran.code == 0
    assert ran.err == ""
    assert "[450] berths" in ran.out
    assert "[300] berths" in ran.out
    assert "Dockers voted" in ran.out
    assert ran.out.rstrip().endswith("new")
    assert "\x1b" not in ran.out


def test_json_stays_json_beside_a_page(texts: tuple[Path, Path], tmp_path: Path) -> None:
    old, new = texts
    alone = diff("--json", new, "--baseline", old)
    ran = diff("--json", new, "--baseline", old, "--html", tmp_path / "page.html")
    assert ran.out == alone.out
    assert [json.loads(line)["type"] for line in ran.out.splitlines()][-1] == "document"
    assert "Dockers voted" in (tmp_path / "page.html").read_text()


def test_a_page_takes_the_place_of_the_sentences(texts: tuple[Path, Path], tmp_path: Path) -> None:
    old, new = texts
    page = tmp_path / "page.html"
    page.write_text("what was there")
    page.chmod(0o640)
    ran = diff(new, new, "--baseline", old, "--html", page)
    assert ran.code == 0
    assert "Dockers" not in ran.out
    assert ran.out.splitlines()[-1] == "2 texts: 2 new, 0 known"
    assert page.read_text().startswith("<!DOCTYPE html>")
    assert stat.S_IMODE(page.stat().st_mode) == 0o640
    assert sorted(each.name for each in tmp_path.iterdir()) == ["new.md", "old.md", "page.html"]


def test_equal_input_gives_an_equal_page(texts: tuple[Path, Path], tmp_path: Path) -> None:
    old, new = texts
    pages = [tmp_path / name for name in ("one.html", "two.html")]
    for page in pages:
        diff(new, "--baseline", old, "--html", page)
    assert pages[0].read_bytes() == pages[1].read_bytes()


@pytest.mark.parametrize("place", ["folder", "link", "dangling", "pipe", "nowhere/page.html", "old.md/page.html"])
def test_nothing_but_a_plain_file_is_written_to(texts: tuple[Path, Path], tmp_path: Path, place: str) -> None:
    old, new = texts
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(old)
    (tmp_path / "dangling").symlink_to(tmp_path / "fresh")
    os.mkfifo(tmp_path / "pipe")
    before = sorted(tmp_path.rglob("*"))
    ran = diff(new, "--baseline", old, "--html", tmp_path / place)
    assert ran.code == 1
    assert ran.sentence.startswith(f"{tmp_path / place}: ")
    assert sorted(tmp_path.rglob("*")) == before
    assert old.read_text() == OLD
    assert (tmp_path / "link").is_symlink()


def test_a_folder_that_takes_no_file_is_told(texts: tuple[Path, Path]) -> None:
    old, new = texts
    ran = diff(new, "--baseline", old, "--html", "/proc/page.html")  # root may write nearly anywhere, but not there
    assert ran.code == 1
    assert ran.err.startswith("/proc/page.html: cannot be written: ")
    assert "new" in ran.out  # what was found out is told all the same


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_compared(texts: tuple[Path, Path]) -> None:
    old, new = texts
    ran = diff(new, "absent.md", "--baseline", old)
    assert ran.code == 1
    assert "absent.md" in ran.err
    assert "Dockers voted" in ran.out


def test_the_example_in_the_documentation_is_what_is_printed() -> None:
    """But for the figures, which turn on whether there is an embedder: rows that name values and what they were."""
    told = diff(ROOT / "seeds/002-fears-of-chaos.md", "--baseline", ROOT / "seeds/003-us-warning.md").out
    example = (ROOT / "docs/diff.md").read_text()
    for line in ("15,000 → 13,000  peacekeepers in Mali", "MINUSMA has [13,000] peacekeepers in", "more than [15,000]"):
        assert line in told
        assert line in example

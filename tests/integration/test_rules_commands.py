"""`monitor rules`: try, test and lint, from outside."""

from collections.abc import Callable
from contextlib import chdir
from pathlib import Path

import pytest
from programs import Ran, run_here

CONFIG = """version: 1
feeds: []
terms:
  mali: { any: [Mali, "Malian*"], never: ["Mali Empire"] }
  wagner:
    any: [Wagner]
    never: ["Richard Wagner"]
    company: { any: [Mali, "Russia*"], within: 5 }
  us: { any: [US], case: true, closeness: 0.06 }
watches:
  - { name: mali, match: 'term:mali OR term:wagner' }
  - { name: us, match: 'term:us AND NOT football' }
  - { name: all, match: '*:*' }
"""
TESTS = """tests:
  - { name: composer, watch: mali, title: Bayreuth, text: Richard Wagner wrote no Mali Empire., expect: no match }
  - { name: troops, watch: mali, text: Wagner fights in Mali., expect: match, mentions: [Wagner, Mali] }
  - { name: near, watch: us, title: US votes, closeness: 0.5, expect: match, outlet: Wire, language: en }
  - { name: far, watch: us, title: US votes, closeness: 0.01, expect: no match }
  - { watch: all, file: text.txt, expect: match, mentions: [] }
"""
FAULTY = (
    b"tests:\n"
    b"  - { watch: malli, text: x, expect: match }\n"
    b"  - { watch: mali, titel: x, text: y, expect: maybe }\n"
    b"  - { watch: mali, expect: match }\n"
    b"  - { watch: mali, file: gone.txt, expect: match }\n"
    b"  - { watch: mali, file: text.txt, title: x, expect: match }\n"
    b"  - { watch: mali, text: x, expect: no match, mentions: [x], closeness: 3 }\n"
    b"  - { text: x, expect: match }\n"
    b"  - { watch: mali, file: ., expect: match }\n"
    b"more: 1\n"
)


@pytest.fixture
def monitor(tmp_path: Path) -> Callable[..., Ran]:
    (tmp_path / "monitor.yaml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "tests.yaml").write_text(TESTS, encoding="utf-8")
    (tmp_path / "text.txt").write_text(
        "\nWagner\n\nAlone. In M\u0430li and the Mali Empire Wagner.\n", encoding="utf-8"
    )

    def call(*words: str) -> Ran:
        with chdir(tmp_path):
            return run_here(None, *words)

    return call


def test_a_query_is_tried_with_the_reason_for_each_place(monitor: Callable[..., Ran]) -> None:
    ran = monitor("rules", "try", "term:mali OR term:wagner", "text.txt")
    assert (ran.code, ran.err) == (0, "")
    said = ran.out.splitlines()
    assert said[0] == "text.txt: matches"
    assert [line.partition(" — ")[2] for line in said[1:]] == [
        "counts: beside “M\u0430li”",
        "written with look-alike, hidden or splitting characters",
        "counts: beside “Mali”",
        "does not count: stands in “Mali Empire”, which never counts",
    ]
    [told] = monitor("--json", "rules", "try", "term:mali", "text.txt").lines
    assert told["spans"] == told["disguised"] == [[19, 23, "M\u0430li"]]
    assert told["aside"] == [[32, 36, "Mali", "stands in “Mali Empire”, which never counts"]]


def test_what_does_not_match_is_shown_with_its_reason(monitor: Callable[..., Ran]) -> None:
    ran = monitor("rules", "try", "term:us", "text.txt")
    assert ran.out == "text.txt: no match\n"


def test_watches_that_do_as_expected_are_ok(monitor: Callable[..., Ran]) -> None:
    ran = monitor("rules", "test", "tests.yaml")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "ok      composer",
        "ok      troops",
        "ok      near",
        "ok      far",
        "ok      tests.4",
        "5 tests, all ok",
    ]


def test_a_test_that_fails_says_why_and_where_it_stands(monitor: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text(
        "tests:\n"
        "  - { name: a, watch: mali, text: Wagner alone, expect: match }\n"
        "  - { name: b, watch: mali, text: Wagner in Mali, expect: no match }\n"
        "  - { name: c, watch: mali, text: Wagner in Mali, expect: match, mentions: [Mali] }\n"
        "  - { name: d, watch: all, text: x, expect: no match }\n"
        "  - { name: e, watch: us, text: x, expect: match }\n"
        "  - { name: f, watch: mali, text: Mali, expect: match }\n",
        encoding="utf-8",
    )
    ran = monitor("rules", "test", "wrong.yaml")
    assert ran.code == 1
    assert ran.out.splitlines() == [
        "FAILED  a: no match; mali: “Wagner” has no company within 5 words (Mali, Russia*)",
        "        wrong.yaml:2:5: tests.0",
        "FAILED  b: matches by “Wagner”, “Mali”",
        "        wrong.yaml:3:5: tests.1",
        "FAILED  c: mentions “Wagner”, “Mali” instead of “Mali”",
        "        wrong.yaml:4:5: tests.2",
        "FAILED  d: matches, by no word",
        "        wrong.yaml:5:5: tests.3",
        "FAILED  e: no match; the words it asks for are not there",
        "        wrong.yaml:6:5: tests.4",
        "ok      f",
        "6 tests, 5 failed",
    ]
    told = monitor("--json", "rules", "test", "wrong.yaml").lines
    assert [line["ok"] for line in told[:-1]] == [False] * 5 + [True]
    assert told[1] == {
        "type": "test", "name": "b", "watch": "mali", "ok": False, "why": "matches by “Wagner”, “Mali”",
        "matched": True, "mentions": ["Wagner", "Mali"],
    }  # fmt: skip
    assert told[-1] == {"type": "summary", "tests": 6, "failed": 5}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", ["t.yaml:1:1: the file is empty; it holds `tests`, a list"]),
        (b"tests: []\n", ["t.yaml:1:8: tests: must hold at least one value"]),
        (b"- a\n", ["t.yaml:1:1: must be a mapping of keys and values, not a list"]),
        (b"tests: [\n", ["t.yaml:2:1: not valid YAML: "]),
        (b"\xff", ["t.yaml:1:1: 't.yaml' is not UTF-8 text (byte 0)"]),
        (
            FAULTY,
            [
                "t.yaml:2:14: tests.0.watch: there is no watch 'malli'. Did you mean 'mali'?",
                "t.yaml:3:20: tests.1.titel: unknown key. Did you mean 'title'?",
                "t.yaml:3:47: tests.1.expect: 'maybe' is none of match, no match",
                "t.yaml:4:5: tests.2: a test needs a text: either `title` and `text`, or `file`",
                "t.yaml:5:26: tests.3.file: 'gone.txt' cannot be read: no such file or directory",
                "t.yaml:6:5: tests.4: a test needs a text: either `title` and `text`, or `file`",
                "t.yaml:7:57: tests.5.mentions: what does not match has no mentions",
                "t.yaml:7:73: tests.5.closeness: 3 must lie in [0, 1]",
                "t.yaml:8:5: tests.6.watch: this key is missing",
                "t.yaml:9:26: tests.7.file: ",
                "t.yaml:10:1: more: unknown key. Known here: tests",
            ],
        ),
    ],
)
def test_a_faulty_file_of_tests_is_told_with_every_place(
    monitor: Callable[..., Ran], tmp_path: Path, text: bytes, said: list[str]
) -> None:
    (tmp_path / "t.yaml").write_bytes(text)
    ran = monitor("rules", "test", "t.yaml")
    assert (ran.code, ran.out) == (3, "")
    lines = ran.err.splitlines()
    assert [line for line, begins in zip(lines, said, strict=True) if not line.startswith(begins)] == []


def test_a_missing_or_huge_file_of_tests_is_a_fault_of_its_own(monitor: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "huge.yaml").write_bytes(b"#" * (5 * 1024 * 1024 + 1))
    for name, said in (("gone.yaml", "no such file or directory"), ("huge.yaml", "is larger than 5 mib")):
        ran = monitor("rules", "test", name)
        assert (ran.code, ran.sentence) == (3, f"{name}:1:1: '{name}' cannot be read: {said}")


def test_a_sound_configuration_has_nothing_for_lint(monitor: Callable[..., Ran]) -> None:
    ran = monitor("rules", "lint")
    assert (ran.code, ran.out) == (0, "OK: 3 watches and 3 terms\n")
    assert monitor("--json", "rules", "lint").out == ""


def test_lint_names_what_cannot_be_meant_with_its_place(monitor: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "monitor.yaml").write_text(
        CONFIG.replace('"Malian*"]', '"Malian*", malians]')
        + "  - { name: none, match: 'a AND NOT a' }\n"
        + "  - { name: words, match: [Niger, NIGER] }\n"
        + "  - { name: not, match: NOT football }\n",
        encoding="utf-8",
    )
    ran = monitor("rules", "lint")
    assert ran.code == 3
    lacks = "this matches every text that lacks the words behind NOT; name a word that must be there"
    assert ran.out.splitlines() == [
        "monitor.yaml:4:34: terms.mali.any.2: “malian*” takes this spelling in already",
        "monitor.yaml:14:26: watches.3.match: this can never match: what it asks for excludes itself",
        "monitor.yaml:15:35: watches.4.match.1: this is the same spelling as number 1 of the list, “niger”",
        f"warning: monitor.yaml:16:25: watches.5.match: {lacks}",
    ]
    told = monitor("--json", "rules", "lint").lines
    assert [line["type"] for line in told] == ["problem", "problem", "problem", "warning"]
    assert (told[1]["line"], told[1]["column"], told[1]["key"]) == (14, 26, "watches.3.match")


def test_a_faulty_configuration_is_a_matter_for_check(monitor: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "monitor.yaml").write_text("version: 2\nfeeds: []\nwatches: []\n", encoding="utf-8")
    assert monitor("rules", "lint").code == 78
    assert monitor("rules", "test", "tests.yaml").code == 78


def test_why_tells_what_kept_an_article_from_a_watch(monitor: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "monitor.yaml").write_text(
        CONFIG.partition("  - { name: us")[0].replace(
            "'term:mali OR term:wagner' }", "'term:mali OR term:wagner', novelty: { embedder: none } }"
        ),
        encoding="utf-8",
    )
    (tmp_path / "alone.txt").write_text(
        "Wagner at night\n\nOne word or two or three before the Mali Empire comes.", encoding="utf-8"
    )
    (tmp_path / "beside.txt").write_text("Wagner in Gao\n\nRussian envoys met them.", encoding="utf-8")
    alone, beside = monitor("--json", "replay", "alone.txt", "beside.txt").of("decision")
    assert (alone["watch"], alone["outcome"]) == (None, "unmatched")
    assert alone["note"] == (
        "mali: “Wagner” has no company within 5 words (Mali, Russia*); "
        "mali: “Mali” stands in “Mali Empire”, which never counts"
    )
    assert beside["note"].endswith("; “Wagner” counts: beside “Russian”")

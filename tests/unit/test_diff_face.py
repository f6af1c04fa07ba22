"""What `diff` shows on a terminal: sentences beside what is known, folded where nothing is new."""

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from diff_samples import HOSTILE, SENTENCES, compared
from rich.cells import cell_len

from monitor.cli.diff import json_lines
from monitor.cli.diff_face import make_face
from monitor.cli.diff_page import as_page
from monitor.model.judgement import Label
from monitor.pipeline.compare import Compared


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(
    *texts: Compared, width: int = 100, shows_all: bool = False, is_brief: bool = False, color: bool = False,
    stream: io.StringIO | None = None,
) -> str:  # fmt: skip
    stream = stream or io.StringIO()
    face = make_face(stream, color=color, shows_all=shows_all, is_brief=is_brief, width=width)
    for each in texts:
        face.text(each)
    face.end()
    return stream.getvalue()


def test_texts_as_they_are_shown(golden: Callable[[Path, str], None], root: Path) -> None:
    samples = (compared(), compared(file="inbox/quiet.md", sentences=SENTENCES[1:3], novelty=0.1))
    whole = "\n".join(
        f"{width} columns\n\n{shown(*samples, width=width, shows_all=shows_all)}"
        for width, shows_all in ((60, False), (80, True), (140, False))
    )
    golden(root / "tests/golden/diff.txt", whole)


def test_json_is_what_the_contract_says(golden: Callable[[Path, str], None], root: Path) -> None:
    golden(root / "tests/golden/diff.jsonl", "\n".join(json_lines(compared())) + "\n")
    sentence, document = (json.loads(json_lines(compared())[at]) for at in (0, -1))
    assert list(sentence) == ["type", "file", "text", "label", "score", "unsure", "evidence"]
    assert document == {"type": "document", "file": "inbox/june.md", "novelty": 0.93, "label": "new"}


@pytest.mark.parametrize("shows_all", [False, True])
@pytest.mark.parametrize("width", [60, 79, 80, 123, 200])
def test_no_line_is_wider_than_the_terminal(width: int, shows_all: bool) -> None:
    lines = shown(compared(), width=width, shows_all=shows_all).splitlines()
    assert width - 30 < max(map(cell_len, lines)) <= width


def test_the_right_column_stands_where_it_stands_beside_wide_letters() -> None:
    line = next(line for line in shown(compared(), width=140).splitlines() if "日本" in line)
    head = next(line for line in shown(compared(), width=140).splitlines() if "nearest known" in line)
    assert cell_len(line[: line.index("قال")]) == head.index("nearest known")


def test_colour_adds_no_words_and_takes_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    painted = shown(compared(), color=True, stream=Terminal())
    assert "\x1b[" in painted
    stripped = re.sub(r"\x1b\[[0-9;]*m", "", painted)
    assert [line.rstrip() for line in stripped.splitlines()] == shown(compared()).splitlines()


def test_without_colour_there_is_none_on_a_terminal_either() -> None:
    assert "\x1b" not in shown(compared(), color=False, stream=Terminal())


def test_known_sentences_and_noise_are_folded_unless_all_is_asked_for() -> None:
    folded, whole = shown(compared()), shown(compared(), shows_all=True)
    assert "1 known · 1 noise (--all shows them)" in folded
    assert "Share this article" not in folded
    assert "Share this article" in whole
    assert "--all" not in whole


def test_changed_values_are_marked_on_both_sides_where_they_stand_as_words() -> None:
    text = " ".join(shown(compared(), width=200).split())
    assert "At least [500] people were killed in Moura; 1,500 had lived there." in text
    assert "says that [300] people were killed in Moura, and [300] more hurt." in text
    assert "300 → 500 people killed in Moura" in text


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "3 new · 1 changed · 2 known · 1 noise · novelty 0.93, threshold 0.70: new"),
        ({"novelty": 0.2}, "novelty 0.20, threshold 0.70: new, a value changed"),
        (
            {"novelty": 0.2, "sentences": SENTENCES[:3]},
            "1 new · 1 known · 1 noise · novelty 0.20, threshold 0.70: known",
        ),
        ({"novelty": 0.0, "sentences": ()}, "no sentences · novelty 0.00, threshold 0.70: known"),
    ],
)
def test_a_text_comes_to_one_line(facts: dict[str, object], words: str) -> None:
    assert words in shown(compared(**facts))


def test_several_texts_come_to_one_line_more() -> None:
    told = shown(compared(), compared(sentences=()), is_brief=True)
    assert told.splitlines()[-1] == "2 texts: 1 new, 1 known"
    assert "Moura" not in told
    assert "texts:" not in shown(compared())


def test_what_comes_from_outside_does_nothing_to_a_terminal() -> None:
    told = shown(HOSTILE, width=200, shows_all=True)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", told)
    assert "[500]" in told


def test_what_a_stream_cannot_spell_does_not_stop_it() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    face = make_face(stream, color=False)
    face.text(compared())
    stream.seek(0)
    assert "300 ? 500" in stream.read()


def test_a_label_that_is_not_known_yet_would_be_noticed() -> None:
    from monitor.cli.diff_words import NAMES, SIGNS

    assert set(SIGNS) == set(NAMES) == set(Label)
    assert len({*SIGNS.values()}) == len(Label)


def test_a_changed_value_that_stands_nowhere_leaves_the_sentence_whole() -> None:
    change = replace(SENTENCES[3].changes[0], now="", was="77")
    told = shown(compared(sentences=(replace(SENTENCES[3], changes=(change,)),)), width=200)
    assert "At least 500 people" in told


def test_sentences_that_may_be_known_say_so() -> None:
    """Most of what is known is in other languages, and nothing could compare them."""
    unsure = compared(sentences=(replace(SENTENCES[0], is_unsure=True), *SENTENCES[1:]))
    wide, narrow = shown(unsure), shown(unsure, width=60)
    assert "+ new, unsure" in wide
    assert "+? " in narrow
    for each in (wide, narrow):
        assert "1 unsure: most of what is known is in other languages" in " ".join(each.split())
    assert "unsure" not in shown(compared())
    page = as_page([unsure])
    assert page.count("+ new, unsure<") == 1
    assert "1 unsure" in page
    told = [json.loads(line).get("unsure") for line in json_lines(unsure)]
    assert told == [True, *(False for _ in SENTENCES[1:]), None]

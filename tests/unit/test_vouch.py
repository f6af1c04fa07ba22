"""What a writer says is told only where the sentences it cites say so: every lie is refused, and no truth is."""

import json
from pathlib import Path

import pytest
from writer_samples import FERRY, KNOWN, LIES, TRUE, Row, answered, offered

from monitor.alerting.brief import BULLET_CHARS, MOST_BULLETS
from monitor.alerting.vouch import MOST_ANSWER, Refused, vouched
from monitor.model.judgement import Bullet
from monitor.text.sentences import split

GOOD = "The ferry Orla sank off Tarvik."


def named(rows: tuple[Row, ...]) -> list[object]:
    return [pytest.param(*row[1:], id=row[0].replace(" ", "-")) for row in rows]


def reason(answer: str) -> str:
    found = vouched(answer, offered(FERRY), "en")
    assert isinstance(found, Refused)
    return found.reason


@pytest.mark.parametrize(("language", "new", "text", "cites"), named(TRUE))
def test_a_true_bullet_is_told_as_it_stands(language: str, new: list[str], text: str, cites: list[str]) -> None:
    [bullet] = told = vouched(answered((text, cites)), offered(new), language)
    assert not isinstance(told, Refused)
    assert bullet.text == text.replace("\u00a0", " ")
    assert bullet.cites == tuple(KNOWN[0] if each == "k1" else new[int(each) - 1] for each in cites)


@pytest.mark.parametrize(("language", "new", "text", "cites"), named(LIES))
def test_a_planted_lie_is_refused(language: str, new: list[str], text: str, cites: list[str]) -> None:
    assert isinstance(vouched(answered((text, cites)), offered(new), language), Refused)


def test_there_are_lies_of_every_kind_and_as_many_truths() -> None:
    kinds = [reason_of(row) for row in LIES]
    for kind in ("number", "name", "quotation", "cites", "link", "markup", "hide or act", "longer"):
        assert sum(kind in each for each in kinds) >= (1 if kind == "longer" else 4)
    assert len(TRUE) >= 20


def reason_of(row: Row) -> str:
    _, language, new, text, cites = row
    found = vouched(answered((text, cites)), offered(new), language)
    return found.reason if isinstance(found, Refused) else ""


@pytest.mark.parametrize("lie", [FERRY[0][:-1] + " in Bergen.", "http://evil.test/"])
def test_one_lie_spoils_the_answer(lie: str) -> None:
    """What a writer gets wrong once it may have got wrong elsewhere, where no rule sees it."""
    assert reason(answered((GOOD, ["1"]), (lie, ["1"]))).startswith("bullet 2 holds a ")


def test_a_refusal_never_repeats_what_was_said() -> None:
    assert not any("evil" in reason_of(row) or "Putin" in reason_of(row) for row in LIES)


def test_every_sentence_of_the_seeds_vouches_for_itself(root: Path) -> None:
    """A checker that refuses all is useless."""
    said = [each for file in sorted((root / "seeds").glob("*.md")) for each in split(file.read_text("utf-8"), "en")]
    some = [each for each in said if len(each) <= BULLET_CHARS and any(map(str.isalpha, each))]
    assert len(some) > 100
    for each in some:
        assert vouched(answered((each, [1])), offered([each]), "en") == (Bullet(text=each, cites=(each,)),)


@pytest.mark.parametrize(
    "wrap", ["{}", "```json\n{}\n```", "Here you are:\n{}", "\ufeff{}\n\n"], ids=["bare", "fence", "greeting", "mark"]
)
def test_what_stands_around_the_answer_does_not_matter(wrap: str) -> None:
    given = json.dumps({"bullets": [{"text": GOOD, "cites": ["1"], "sure": 1}], "model": "x"})
    assert vouched(wrap.replace("{}", given), offered(FERRY), "en") == (Bullet(text=GOOD, cites=(FERRY[0],)),)


@pytest.mark.parametrize(
    "answer",
    [
        "", "no", "<!doctype html><p>hello</p>", "null", "[]", "{", "{}", '{"bullets": null}', '{"bullets": {}}',
        '{"bullets": "x"}', '{"bullets": [1]}', '{"bullets": [{}]}', '{"bullets": [{"text": 1, "cites": []}]}',
        '{"bullets": [{"text": "a", "cites": "1"}]}', '{"bullets": [{"text": "a", "cites": [true]}]}',
        '{"bullets": [{"text": "a", "cites": [1.5]}]}', '{"bullets": [{"text": "a", "cites": [null]}]}',
        '{"bullets": [{"text": "a", "cites": [["1"]]}]}', "{" + "[" * 9_000 + "}", '{"bullets": NaN}',
        answered((GOOD, ["1"])) + " " * MOST_ANSWER,
    ],
)  # fmt: skip
def test_an_answer_of_another_form_is_refused(answer: str) -> None:
    assert reason(answer) == "not the JSON object that was asked for"


def test_bullets_are_counted() -> None:
    assert reason(answered()).startswith("0 bullets")
    most = [(GOOD, ["1"])] * MOST_BULLETS
    assert len(vouched(answered(*most), offered(FERRY), "en")) == MOST_BULLETS  # type: ignore[arg-type]
    assert reason(answered(*most, (GOOD, ["1"]))).startswith(f"{MOST_BULLETS + 1} bullets")


def test_a_sentence_cited_twice_is_shown_once() -> None:
    [bullet] = vouched(answered((GOOD, ["1", 1])), offered(FERRY), "en")  # type: ignore[misc]
    assert bullet == Bullet(text=GOOD, cites=(FERRY[0],))

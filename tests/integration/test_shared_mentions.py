"""The shared cases of names in texts: what must be found is found, at the right characters, and nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest

from monitor.analysis.match import Matcher, MatchText
from monitor.analysis.query import parse
from monitor.model.watch import Span, Term

# The rest needs meaning: Turkish and Arabic words for "financial".
SHOULD_AT_LEAST = 6


@pytest.fixture(scope="module")
def cases(shared: Path) -> list[dict[str, Any]]:
    file = shared / "gold" / "mentions.jsonl"
    if not file.is_file():
        pytest.skip("the shared material holds no gold/mentions.jsonl")
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def spans(case: dict[str, Any]) -> list[Span] | None:
    """Where the case's query is met in its text; None where it is not."""
    terms = {
        name: Term(name=name, any=tuple(term["any"]), never=tuple(term.get("never", ())))
        for name, term in case.get("terms", {}).items()
    }
    text = MatchText(text=case["text"], title_end=case["text"].index("\n"))
    met = Matcher({"watch": parse(case["query"], terms=terms)}).match(text).met
    return [one.span for one in met["watch"]] if "watch" in met else None


def is_right(case: dict[str, Any]) -> bool:
    """Whether the answer is right: every core is covered and no span reaches beyond an outer one."""
    found = spans(case)
    if found is None or not case["matched"]:
        return (found is not None) == case["matched"]
    covered = {at for start, end in found for at in range(start, end)}
    inside = [any(one["outer"][0] <= start and end <= one["outer"][1] for one in case["spans"]) for start, end in found]
    return all(set(range(*one["core"])) <= covered for one in case["spans"]) and all(inside)


def test_every_case_that_follows_from_the_contract_is_right(cases: list[dict[str, Any]]) -> None:
    assert [case["id"] for case in cases if case["level"] == "must" and not is_right(case)] == []


def test_most_cases_that_need_more_are_right(cases: list[dict[str, Any]]) -> None:
    assert sum(is_right(case) for case in cases if case["level"] == "should") >= SHOULD_AT_LEAST

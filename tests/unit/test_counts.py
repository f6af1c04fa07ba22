"""Counts: what became of how many people."""

import pytest

from monitor.text.counts import tolls
from monitor.text.tokens import tokens
from monitor.text.values import values


def found(text: str, language: str = "en") -> list[tuple[str, str, set[str]]]:
    cut = tokens(text)
    return [
        (each.value.written, str(each.fate), set(each.who))
        for each in tolls(text, cut, values(text, cut, language), language)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "The flood killed 30 people.",
        "At least 30 people were killed.",
        "The massacre of 30 men shocked Tarvik.",
        "The death toll rose to 30 on Sunday.",
        "30 dead in Tarvik",
        "Thirty died.",
    ],
)
def test_a_fate_stands_before_or_behind_its_number(text: str) -> None:
    ((written, fate, who),) = found(text)
    assert (written.casefold() in ("30", "thirty"), fate, who) == (True, "dead", set())


def test_each_number_has_the_fate_that_is_nearest() -> None:
    assert found("It killed 12 soldiers and wounded 40 others.") == [
        ("12", "dead", {"soldiers"}),
        ("40", "hurt", set()),
    ]
    assert [fate for _, fate, _ in found("12 were killed and 30 injured, while 7 are missing.")] == [
        "dead",
        "hurt",
        "missing",
    ]


def test_who_they_were_is_said_right_behind_their_number() -> None:
    assert found("It killed 12 army recruits.") == [("12", "dead", {"army", "recruits"})]
    assert found("It killed 12, soldiers among them.") == [("12", "dead", set())]
    assert found("It killed 12.") == [("12", "dead", set())]


def test_a_fate_of_another_clause_or_far_away_is_of_others() -> None:
    assert found("The army sent 200 soldiers, and nobody was killed.") == []
    assert found("It killed nobody of all those who on that day had come to see 200 ships.") == []


def test_months_and_years_are_no_tolls() -> None:
    assert found("They were killed in March 2022.") == []


def test_sentences_without_fates_or_in_other_languages_tell_of_none() -> None:
    assert found("About 200 soldiers came.") == []
    assert found("The flood killed 30 people.", "xx") == []


@pytest.mark.parametrize(
    ("text", "language", "fate"),
    [
        ("Le bilan est de 30 morts.", "fr", "dead"),
        ("Se registraron 30 heridos.", "es", "hurt"),
        ("Die Polizei meldet 30 Vermisste.", "de", "missing"),
        ("Погибли 30 человек.", "ru", "dead"),
        ("مقتل 30 شخصا", "ar", "dead"),
    ],
)
def test_other_languages_tell_of_fates_too(text: str, language: str, fate: str) -> None:
    assert found(text, language) == [("30", fate, set())]

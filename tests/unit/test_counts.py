"""Counts: what became of how many people."""

import pytest

from monitor.text.counts import is_part, tolls
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


def restated(text: str, language: str = "en") -> list[bool]:
    cut = tokens(text)
    return [each.is_restated for each in tolls(text, cut, values(text, cut, language), language)]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The death toll rose to 30 on Sunday.", "en"),
        ("The number of dead in the flooded old town of Tarvik climbed to at least 30.", "en"),
        ("Officials put the final death toll at 30.", "en"),
        ("Le bilan passe à 30 morts.", "fr"),
        ("Suben a 30 los muertos.", "es"),
        ("Die Zahl der Toten stieg auf 30.", "de"),
        ("Il bilancio sale a 30 morti.", "it"),
        ("Sobe para 30 o número de mortos.", "pt"),
        ("Число погибших выросло до 30.", "ru"),
        ("ارتفاع حصيلة القتلى إلى 30 قتيلا", "ar"),
    ],
)
def test_a_toll_that_is_another_one_now_says_so(text: str, language: str) -> None:
    assert restated(text, language) == [True]


@pytest.mark.parametrize("text", ["The flood killed 30 people.", "Police rushed to 30 dead."])
def test_a_toll_that_is_told_for_the_first_time_does_not(text: str) -> None:
    assert restated(text) == [False]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Another 30 people were killed.", "en"),
        ("30 of the hostages were killed.", "en"),
        ("Weitere 30 Menschen starben, sagte er.", "de"),
        ("Найдены тела последних пяти погибших.", "ru"),
    ],
)
def test_some_of_those_who_shared_a_fate_are_no_toll(text: str, language: str) -> None:
    assert found(text, language) == []


def test_what_is_measured_is_no_toll_and_no_part() -> None:
    assert found("Fire killed 30 percent of the herd.") == []
    text = "They lost 30 percent of it in Tarvik, another 5."
    cut = tokens(text)
    assert [is_part(cut, value, "en") for value in values(text, cut, "en")] == [False, True]
    assert not is_part(cut, values(text, cut, "en")[1], "sv")
    assert not is_part(tokens("5"), values("5", tokens("5"), "en")[0], "en")

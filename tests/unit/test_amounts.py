"""Numbers in figures and in words are one amount, whatever the language; words that only look like numbers are none."""

import pytest

from monitor.text.amounts import amounts, is_amount, is_calendar
from monitor.text.tokens import tokens


def counted(text: str, language: str = "en") -> set[float]:
    return set(amounts(tokens(text), language))


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("3 million", "en", {3e6}), ("three million", "en", {3e6}), ("3,000,000", "en", {3e6}),
        ("three hundred and five", "en", {300, 5}), ("three hundred five thousand", "en", {305_000}),
        ("two million three hundred thousand", "en", {2_300_000}), ("twenty-five", "en", {25}),
        ("thousands", "en", {1000}), ("the 3rd", "en", {3}), ("1.5 billion", "en", {1.5e9}),
        ("30 June 2023", "en", {30, 2023}),
        ("two three", "en", {5}), ("no number", "en", set()), ("", "en", set()), ("G20 and 3bn", "en", set()),
        ("trois cents", "fr", {300}), ("2,5 millions", "fr", {2.5e6}), ("le 1er mai", "fr", {1}),
        ("fünf Millionen", "de", {5e6}), ("quince mil", "es", {15_000}), ("duas mil", "pt", {2000}),
        ("tre milioni", "it", {3e6}), ("пять тысяч", "ru", {5000}), ("двести", "ru", {200}), ("٢١٠", "ar", {210}),
        ("fifty", "fr", {50}), ("cinquante", "xx", {50}),
    ],
)  # fmt: skip
def test_what_a_text_counts(text: str, language: str, found: set[float]) -> None:
    assert counted(text, language) == found


def test_a_word_of_two_languages_counts_in_its_own() -> None:
    assert counted("once", "es") == {11}
    assert counted("once", "en") == counted("cent", "en") == counted("sei", "de") == set()
    assert counted("cent", "fr") == {100}
    assert is_amount("once", "es")
    assert not is_amount("once", "en")
    assert is_amount("12th", "en")
    assert not is_amount("12x", "en")


def test_months_and_days_are_known_where_no_capital_tells_them() -> None:
    assert is_calendar("mars", "fr")
    assert is_calendar("lunes", "es")
    assert is_calendar("среду", "ru")
    assert not is_calendar("march", "en")
    assert not is_calendar("mars", "es")
    assert not is_calendar("xx", "xx")

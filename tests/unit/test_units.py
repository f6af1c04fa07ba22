"""Units: what a number measures."""

import pytest

from monitor.text.tokens import tokens
from monitor.text.units import PERCENT
from monitor.text.values import Kind, values


def units(text: str, language: str = "en") -> list[str]:
    return [value.unit.name for value in values(text, tokens(text), language)]


@pytest.mark.parametrize(
    ("text", "language", "unit"),
    [
        ("It cost $5.", "en", "$"),
        ("It cost € 5.", "en", "€"),
        ("It cost 5€.", "fr", "€"),
        ("It cost EUR 5 a head.", "en", "€"),
        ("It cost five million dollars.", "en", "$"),
        ("Es kostet 4,5 Mio. Euro.", "de", "€"),
        ("Prices rose by 9%.", "en", PERCENT),
        ("Prices rose by 9 per cent.", "en", PERCENT),
        ("Une hausse de 9 %.", "fr", PERCENT),
        ("Une hausse de 9 pour cent.", "fr", PERCENT),
        ("Un alza del 9 por ciento.", "es", PERCENT),
        ("Рост на 9 процентов.", "ru", PERCENT),
        ("ارتفاع بنسبة 9 في المئة", "ar", PERCENT),
        ("It lies 12 km away.", "sw", "km"),
        ("It lies 12 kilometres away.", "en", "km"),
        ("A 22-year-old was held.", "en", "year"),
        ("It lies at 40° north.", "en", "degree"),
        ("They sent 9 ships per week.", "en", ""),
        ("They sent 9", "en", ""),
        ("They sent 9 per", "en", ""),
        ("They sent 9, dollars and guns.", "en", ""),
    ],
)
def test_a_number_measures_what_stands_beside_it(text: str, language: str, unit: str) -> None:
    assert units(text, language) == [unit]


def test_a_year_is_a_year_unless_it_measures_something() -> None:
    assert [value.kind for value in values("It began in 2012.", tokens("It began in 2012."), "en")] == [Kind.YEAR]
    assert [value.kind for value in values("It cost $2012.", tokens("It cost $2012."), "en")] == [Kind.NUMBER]

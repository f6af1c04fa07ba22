"""Turns: a state and its opposite."""

import pytest

from monitor.text.tokens import stems
from monitor.text.turns import is_turned


def turned(one: str, other: str, language: str = "en") -> bool:
    return is_turned(stems(one, language), stems(other, language), language)


@pytest.mark.parametrize(
    ("now", "before", "language"),
    [
        ("The road was reopened.", "The road is shut.", "en"),
        ("The road is shut.", "The road was reopened.", "en"),
        ("The company admitted the leak.", "The company denied a leak.", "en"),
        ("La route est rouverte.", "La route est fermée.", "fr"),
        ("Perú reabrió la frontera.", "Perú cerró la frontera.", "es"),
        ("Die Strecke ist wieder geöffnet.", "Die Strecke ist gesperrt.", "de"),
        ("La strada è stata riaperta: riaperto il ponte.", "Il ponte è chiuso.", "it"),
        ("A ponte foi reaberto.", "O túnel foi fechado: fechou.", "pt"),
        ("Дорогу открыли.", "Дорогу закрыли.", "ru"),
        ("أفرج عن الرجل", "اعتقل الرجل", "ar"),
    ],
)
def test_the_opposite_of_a_state_is_a_turn(now: str, before: str, language: str) -> None:
    assert turned(now, before, language)


@pytest.mark.parametrize(
    ("now", "before", "language"),
    [
        ("The road is shut.", "The road was closed on Monday.", "en"),
        ("The road was reopened.", "The road to Tarvik.", "en"),
        ("The road, closed on Monday, was reopened.", "The road is shut.", "en"),
        ("The road was reopened.", "The road was closed, then opened.", "en"),
        ("The road is long.", "The road is shut.", "en"),
        ("Vägen öppnades.", "Vägen stängdes.", "sv"),
    ],
)
def test_what_names_one_state_or_tells_of_both_is_none(now: str, before: str, language: str) -> None:
    assert not turned(now, before, language)

"""Names: what a text says that a name stands for."""

import pytest

from monitor.text.names import stands_for
from monitor.text.tokens import tokens


def explained(text: str) -> list[tuple[str, list[str]]]:
    cut = tokens(text)
    return [(cut[at].text, [cut[n].text for n in phrase]) for at, phrase in stands_for(text, cut)]


def test_known_as_says_what_a_name_stands_for() -> None:
    assert explained("The harbour guard, known as HAGU, has left Tarvik.") == [("hagu", ["the", "harbour", "guard"])]
    assert explained("La garde du port, connue sous le nom de HAGU, part.") == [("hagu", ["la", "garde", "du", "port"])]


def test_parentheses_hold_the_acronym_of_what_stands_before() -> None:
    assert explained("Rebels of the northern alliance (NA) left.") == [("na", ["of", "the", "northern", "alliance"])]


def test_only_a_few_words_back_to_the_last_pause_explain_a_name() -> None:
    assert explained("They left: the guard (HAGU) stays.") == [("hagu", ["the", "guard"])]
    assert explained("(HAGU) They left.") == []


@pytest.mark.parametrize(
    "text",
    [
        "The guard (above) left.",
        "The guard (HAGU and others) left.",
        "A guard, known as the best of all, left.",
        "She called Peter Osk “a liar”.",
        "The guard left.",
        "The guard (A) left.",
    ],
)
def test_other_parentheses_and_words_explain_no_name(text: str) -> None:
    assert explained(text) == []

"""Weights: how much a word tells."""

import pytest

from monitor.text.weights import is_listed, weight


@pytest.mark.parametrize("word", ["the", "and", "pour", "und", "с", "e"])
def test_words_that_only_join_others_tell_nothing(word: str) -> None:
    assert weight(word) == 0.0


def test_a_rarer_word_tells_more() -> None:
    assert 0.0 == weight("with") < weight("left") < weight("army") < weight("troops") < weight("dockers") == 1.0


def test_a_number_tells_as_much_as_a_rare_word() -> None:
    assert [weight("7"), weight("15000"), weight("12.5")] == [1.0, 1.0, 1.0]


def test_a_lone_letter_tells_nothing_but_a_character_of_a_script_without_spaces_does() -> None:
    """In such scripts each character is a token; were they worth nothing, every Chinese sentence would be known."""
    assert [weight("ŋ"), weight("ჯ")] == [0.0, 0.0]
    assert 0.0 < weight("港") < 1.0


def test_common_words_are_listed() -> None:
    assert is_listed("people")
    assert not is_listed("ghassim")

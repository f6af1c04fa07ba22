"""Fingerprints: equal for equal words, and stable for ever."""

import pytest

from monitor.text.fingerprint import containment, shingles, sketch, text_hash, word_hash
from monitor.text.tokens import words

LONG = tuple(f"word{number}" for number in range(1000))


def test_texts_that_differ_in_case_and_white_space_alone_share_a_hash() -> None:
    assert text_hash("Mali’s  troops, LEFT.") == text_hash("MALI’S troops,\nleft. ")
    assert text_hash("Mali’s troops") != text_hash("Mali's troops")
    assert text_hash("troops left") != text_hash("left troops")
    assert text_hash("a\ud800b") != text_hash("ab")


def test_stored_fingerprints_never_change() -> None:
    """They are kept in databases: another value would make every stored text unknown."""
    assert text_hash("") == "cae66941d9efbd404e4d88758ea67670"
    assert shingles(("the", "troops", "left")) == {2714618531678069907}


def test_shingles_are_signed_64_bit_numbers_of_three_words() -> None:
    assert len(shingles(LONG)) == 998
    assert all(-(2**63) <= shingle < 2**63 for shingle in shingles(LONG))
    assert min(shingles(LONG)) < 0 < max(shingles(LONG))


def test_few_words_are_one_shingle_and_none_are_none() -> None:
    assert [len(shingles(())), len(shingles(("a",))), len(shingles(("a", "b")))] == [0, 1, 1]


@pytest.mark.parametrize(
    ("words", "one_in"), [(40, 1), (80, 2), (150, 4), (300, 8), (1_000, 16), (2_500, 16), (20_000, 128)]
)
def test_the_longer_a_text_the_smaller_the_share_it_keeps(words: int, one_in: int) -> None:
    """Up to 48 shingles are kept whole; of a long text a sixteenth, and less only where that would be over 192."""
    every = shingles([f"word{number}" for number in range(words)])
    assert sketch(every) == {shingle >> 32 for shingle in every if shingle % one_in == 0}
    assert 16 <= len(sketch(every)) <= 192


def test_a_kept_shingle_is_a_signed_32_bit_number() -> None:
    kept = sketch(shingles(LONG))
    assert all(-(2**31) <= each < 2**31 for each in kept)
    assert min(kept) < 0 < max(kept)
    assert sketch(shingles(("the", "troops", "left"))) == {632046380}


def test_containment_is_the_share_of_the_inner_that_lies_in_the_outer() -> None:
    text = shingles(words("one two three four five six"))
    assert containment(text, text) == 1.0
    assert containment({1, 2, 3, 4}, {1}) == 0.25
    assert containment((), {1}) == 0.0


def test_a_words_hash_is_the_same_on_every_machine_and_takes_any_character() -> None:
    assert word_hash("en mali") == word_hash("en mali") != word_hash("fr mali")
    assert -(1 << 63) <= word_hash("en mali") < 1 << 63
    assert word_hash("en \ud800") == word_hash("en ?")

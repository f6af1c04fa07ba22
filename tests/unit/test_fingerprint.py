"""Fingerprints: equal for equal words, and stable for ever."""

from monitor.text.fingerprint import containment, shingles, sketch, text_hash
from monitor.text.tokens import words

LONG = tuple(f"word{number}" for number in range(1000))


def test_texts_that_say_the_same_words_share_a_hash() -> None:
    assert text_hash("Mali’s  troops, LEFT.") == text_hash("mali's troops left")
    assert text_hash("troops left") != text_hash("left troops")
    assert text_hash("a\ud800b") == text_hash("a\ufffdb")


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


def test_a_long_text_keeps_a_sixteenth_and_a_short_one_all() -> None:
    every = shingles(LONG)
    assert sketch(every) == {shingle for shingle in every if shingle % 16 == 0}
    assert 40 <= len(sketch(every)) <= 90
    assert sketch(shingles(LONG[:100])) == shingles(LONG[:100])


def test_containment_is_the_share_of_the_inner_that_lies_in_the_outer() -> None:
    text = shingles(words("one two three four five six"))
    assert containment(text, text) == 1.0
    assert containment({1, 2, 3, 4}, {1}) == 0.25
    assert containment((), {1}) == 0.0

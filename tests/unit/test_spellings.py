"""Spellings: one name in the letters of different desks."""

import pytest

from monitor.text.spellings import is_one_name, sound

SAME = (
    "wane wani, moura maura, ghassim gassim, ghassim elgassim, fatoumata fatumata, zelensky selenskyj, "
    "navalny nawalny, hussein hussain, kyiv kiev, nebenzia nebenzya, lukashenko lukaschenko, odesa odessa, qaeda qaida"
)
OTHER = (
    "niger nigeria, iran iraq, guinea guyana, angola angela, boeing beijing, johnson jansen, miller muller, "
    "martin morton, maria mauro, dolany dillon, hamas homs, brenna brno, auckland oakland, mali mala, malawi malaya"
)


def is_respelt(one: str, other: str, *, is_beside_same: bool = False) -> bool:
    return sound(one) != "" and sound(one) == sound(other) and is_one_name(one, other, is_beside_same=is_beside_same)


def pairs(listed: str) -> list[tuple[str, ...]]:
    return [tuple(pair.split()) for pair in listed.split(", ")]


@pytest.mark.parametrize(("one", "other"), pairs(SAME))
def test_a_name_in_other_letters_is_the_same_name(one: str, other: str) -> None:
    assert is_respelt(one, other)
    assert is_respelt(other, one)


@pytest.mark.parametrize(("one", "other"), pairs(OTHER))
def test_names_that_only_look_alike_are_two(one: str, other: str) -> None:
    assert not is_respelt(one, other)
    assert not is_respelt(other, one)


def test_beside_a_name_that_is_the_same_less_will_do() -> None:
    """Abdoulaye Diop is Abdallah Diop, who by his first name alone might be another man."""
    assert not is_respelt("abdoulaye", "abdallah")
    assert is_respelt("abdoulaye", "abdallah", is_beside_same=True)
    assert is_respelt("yusuf", "youssef", is_beside_same=True)
    assert not is_respelt("abdoulaye", "ibrahim", is_beside_same=True)


@pytest.mark.parametrize("name", ["gao", "ber", "s400", "aia", "eeyo", ""])
def test_what_is_too_short_has_no_sound(name: str) -> None:
    """Three letters, no letters, no consonants: too little to tell one from another."""
    assert sound(name) == ""


def test_an_article_is_no_part_of_a_name() -> None:
    assert sound("algassim") == sound("gassim")
    assert sound("alice") != sound("ice")

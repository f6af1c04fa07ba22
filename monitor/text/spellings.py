"""Spellings: one name in the letters of different desks and translators.

In:  folded names.
Out: the key that the spellings of one name share; whether two such spellings are one name.
Not here: which words are names (values.py), which names are known (analysis/known.py).
"""

import re
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import JaroWinkler

from monitor.text.weights import is_listed

SHORTEST: Final = 4  # letters; shorter names differ by a letter as often as they vary
FEWEST_CONSONANTS: Final = 2
ONE_NAME: Final = 0.8  # how alike two spellings are at least: docs/decisions/0014-spellings.md
ONE_PERSON: Final = 0.6  # where the name beside them is the same, too
_ARTICLE: Final = re.compile(r"\A(?:el|al|ال|аль|эль)(?=\w{4})")
# One sound in several letters, the longer first.
_SOUNDS: Final = (
    ("sch", "š"), ("tch", "č"), ("sh", "š"), ("ch", "č"), ("cz", "č"), ("dj", "j"), ("kh", "k"), ("gh", "g"),
    ("ph", "f"), ("th", "t"), ("dh", "d"), ("ck", "k"), ("c", "k"), ("q", "k"), ("z", "s"), ("w", "v"), ("дж", "ж"),
)  # fmt: skip
# Vowels in their families: u is written for ou, e for i. With each what only colours it.
_FAMILIES: Final = ("eiyеиэйьѣيىئ", "ouоуюёوؤ", "aаяاأ", "hъه")
_LETTERS: Final = "".join(_FAMILIES)
_VOWEL: Final = re.compile(f"[{_LETTERS}]+(?:j(?![{_LETTERS}]))?")
_TWICE: Final = re.compile(r"(.)\1+")


@lru_cache(maxsize=65_536)
def sound(name: str) -> str:
    """Return what the spellings of a folded name share: its consonants, and where vowels stand; "" if too short.

    Transliterations differ in vowels, in doubled letters and in how they write a consonant, not in the number of
    syllables: Moura is Maura and Ghassim is Gassim, Niger is not Nigeria. An article ("el-", "al-") is left out: it is
    written with the name or apart from it.
    """
    if len(name) < SHORTEST or not name.isalpha():
        return ""
    found = _TWICE.sub(r"\1", _VOWEL.sub("-", _spoken(name)))
    return found if len(found.replace("-", "")) >= FEWEST_CONSONANTS else ""


def is_one_name(one: str, other: str, *, is_beside_same: bool) -> bool:
    """Whether two folded names with one sound are one name, spelt otherwise.

    Vowels vary within their family, and names that are words of some language do not vary: Angola is not Angela, nor
    Miller Muller. Beside a name that is the same anything with one sound will do: Abdoulaye Diop is Abdallah Diop.
    """
    alike = JaroWinkler.similarity(_ARTICLE.sub("", one), _ARTICLE.sub("", other))
    if is_beside_same:
        return bool(alike >= ONE_PERSON)
    return bool(alike >= ONE_NAME) and _vowels_agree(one, other) and not is_listed(one) and not is_listed(other)


def _spoken(name: str) -> str:
    spoken = _ARTICLE.sub("", name)
    for written, as_heard in _SOUNDS:
        spoken = spoken.replace(written, as_heard)
    return spoken


def _vowels_agree(one: str, other: str) -> bool:
    """Whether two names begin alike and their vowels are of one family, place by place."""
    first, second = _spoken(one), _spoken(other)
    pairs = zip(_VOWEL.findall(first), _VOWEL.findall(second), strict=True)  # as many: they have one sound
    return first[0] == second[0] and all(_families(a) & _families(b) for a, b in pairs)


def _families(vowels: str) -> set[int]:
    return {at for at, family in enumerate(_FAMILIES) if any(letter in family for letter in vowels)}

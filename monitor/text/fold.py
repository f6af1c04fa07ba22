"""Folding: one spelling for all the ways a text may write the same letters.

In:  text as it came, with accents, capitals, ligatures, hidden characters and look-alike letters.
Out: plain lower-case text, and for each of its characters the place in the original.
Not here: words (tokens.py), searching (analysis/match.py), stemming.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_QUOTES: Final = "‘’‚‛′‵ʼʹʻʽ`´＇՚"
_DOUBLE_QUOTES: Final = "“”„‟«»″‶〝〞〟＂"
# What NFKD and casefold leave apart though readers hold it for one letter.
_SPECIAL: Final = {
    **dict.fromkeys(_QUOTES, "'"),
    **dict.fromkeys(_DOUBLE_QUOTES, '"'),
    **dict.fromkeys("\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029", "\n"),
    **dict.fromkeys("−⁃", "-"),
    "µ": "u",  # the micro sign is a unit, never a Greek word
    "\u0131": "i",  # dotless i: Turkish capitals fold to it
    "ł": "l", "Ł": "l", "ø": "o", "Ø": "o", "đ": "d", "Đ": "d", "ħ": "h", "Ħ": "h",
    "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe",
    "й": "й", "Й": "й",  # a letter of its own: Russian endings turn on it
    "ى": "ي", "ی": "ي", "ک": "ك",  # Arabic letters that keyboards exchange
    "ـ": "",  # tatweel only stretches a word
    "\u034f": "", "\u115f": "", "\u1160": "", "\u3164": "", "\uffa0": "",  # fillers nobody sees
}  # fmt: skip
_BREVE: Final = "\u0306"
_FAST: Final = re.compile(r"[\t\n\x20-\x7e]*")
_PIECE: Final = re.compile(r"[\n\x20-\x5f\x61-\x7e]+|.", re.DOTALL)

# Letters that look alike; a Cyrillic or Greek one stands for the Latin one only inside a word that mixes scripts.
_CYRILLIC: Final = dict(zip("авсенкмортухіјѕԁһԛԝӏ", "abcehkmoptyxijsdhqwl", strict=True))
_GREEK: Final = dict(zip("αβεζηικμνορτυχ", "abezhikmnoptyx", strict=True))
_SCRIPTS: Final = {
    "latin": {**_CYRILLIC, **_GREEK},
    "cyrillic": {latin: letter for letter, latin in reversed(_CYRILLIC.items())},
    "greek": {latin: letter for letter, latin in _GREEK.items()},
}
_MIXED: Final = re.compile(r"[a-z][Ͱ-Ͽа-ԯ]|[Ͱ-Ͽа-ԯ][a-z]")
_WORD: Final = re.compile(r"[^\W_]+")
_SHORTEST_MIXED: Final = 3  # letters; shorter ones are units and formulas
# Combining classes that are stripped: Hebrew and Arabic points, and accents above and below letters. Others stay:
# 0, 7 and 9 are vowels and joiners of Indic scripts, 8 the voicing of kana, 103 to 132 vowels of Thai and Lao.
_STRIPPED: Final = frozenset((*range(10, 37), *range(200, 241)))


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded text with the way back. Empty `starts` and `ends` mean that no character moved."""

    text: str
    starts: Sequence[int] = ()  # for each folded character, where its original begins
    ends: Sequence[int] = ()  # and where it ends, accents that follow included

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the half-open span of the original that the folded span came from.

        start, end: 0 <= start < end <= len(text), in folded characters.
        Never empty: a letter that folds to two is covered whole by either of them.
        """
        return (self.starts[start], self.ends[end - 1]) if self.starts else (start, end)


def fold(text: str) -> Folded:
    """Return the text in lower case, without accents, hidden characters and typography.

    Hidden characters (soft hyphen, zero width, bidi, tags) vanish without ending a word. Look-alike letters of other
    scripts are mapped only inside a word that mixes scripts. Surrogates become U+FFFD. Line breaks become newlines.
    """
    if _FAST.fullmatch(text) and "`" not in text:
        return Folded(text.lower().replace("\t", " "))
    letters, starts, ends = _pieces(text)
    _unmix(letters)
    return Folded("".join(letters), starts, ends)


def plain(text: str) -> str:
    """Return the folded text alone."""
    return fold(text).text


def _is_mark(letter: str) -> bool:
    """Whether folding strips a character: an accent or a vowel point."""
    return unicodedata.combining(letter) in _STRIPPED


def _pieces(text: str) -> tuple[list[str], list[int], list[int]]:
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for piece in _PIECE.finditer(text):
        at, end = piece.span()
        found = piece.group()
        if end - at > 1 or (found.isascii() and found.isprintable()):
            letters.extend(found.lower().replace("`", "'"))
            starts.extend(range(at, end))
            ends.extend(range(at + 1, end + 1))
            continue
        if letters and ends[-1] == at and unicodedata.combining(found):
            _attach(found, letters, ends, end)
        folded = _letter(found)
        letters.extend(folded)
        starts.extend([at] * len(folded))
        ends.extend([end] * len(folded))
    return letters, starts, ends


def _attach(mark: str, letters: list[str], ends: list[int], end: int) -> None:
    """Let a stripped mark belong to the letter before it."""
    if not _letter(mark):
        ends[-1] = end
    if mark == _BREVE and letters[-1] == "и":
        letters[-1] = "й"


@lru_cache(maxsize=65536)
def _letter(letter: str) -> str:
    """Return what one character folds to: none, one or several characters."""
    if letter in _SPECIAL:
        return _SPECIAL[letter]
    if "가" <= letter <= "힣":
        return letter  # syllables stay whole: their parts would match inside other syllables
    category = unicodedata.category(letter)
    if category == "Cs":
        return "\ufffd"
    if letter.isspace():
        return "\n" if letter == "\n" else " "
    if category in ("Cf", "Cc") or "\ufe00" <= letter <= "\ufe0f" or "\U000e0100" <= letter <= "\U000e01ef":
        return ""
    if category == "Pd":
        return "-"
    if category == "Nd":
        return str(unicodedata.digit(letter))
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", letter).casefold())
    return "".join(_SPECIAL.get(part, part) for part in apart if not _is_mark(part))


def _unmix(letters: list[str]) -> None:
    """Map look-alike letters, in place, in each word that mixes scripts."""
    text = "".join(letters)
    if not _MIXED.search(text):
        return
    for word in _WORD.finditer(text):
        found = word.group()
        if len(found) >= _SHORTEST_MIXED and _MIXED.search(found):
            letters[word.start() : word.end()] = _one_script(found)


def _one_script(word: str) -> str:
    """Return the word in the script most of its letters have and all others can be mapped to; else unchanged."""
    scripts = [_script(letter) for letter in word]
    for target in sorted(_SCRIPTS, key=lambda script: -scripts.count(script)):  # stable: Latin first
        table = _SCRIPTS[target]
        if all(script in (target, "") or letter in table for letter, script in zip(word, scripts, strict=True)):
            return "".join(table.get(letter, letter) for letter in word)
    return word


def _script(letter: str) -> str:
    if "a" <= letter <= "z":
        return "latin"
    if "а" <= letter <= "ԯ":
        return "cyrillic"
    return "greek" if "Ͱ" <= letter <= "Ͽ" else ""

"""Disguise: whether a word was written so that machines miss it and people do not.

In:  a place in a text as it came, and the folded word that was found there.
Out: yes or no.
Not here: finding the word (analysis/match.py), the letters that look alike (fold.py).

Accents, capitals, dots in acronyms, ligatures and the joiners of scripts that need them are no disguise. Nor is what
a language writes anyway: full width in Japanese, Chinese and Korean, the i without dot in Turkish.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from monitor.text.fold import is_mark, plain, scripts

DISGUISED: Final = "written with look-alike, hidden or splitting characters"  # for people

_WIDE_IN: Final = frozenset({"ja", "ko", "yue", "zh"})
_DOTLESS_IN: Final = frozenset({"az", "crh", "kk", "tr", "tt"})
_NATIONAL: Final = frozenset("łŁøØđĐħĦŧŦɓƁɗƊƙƘƴƳ")  # of Polish, Danish, Croatian, Maltese, Sami and Hausa
_STRETCHED: Final = "ـ"  # Arabic tatweel
_JOINERS: Final = frozenset("\u200c\u200d")
_MOST_MARKS: Final = 2  # on one letter: Vietnamese, taken apart
_BROKEN: Final = re.compile(r"-\s")
_FLAG: Final = re.compile("[\U0001f1e6-\U0001f1ff]{3}")


@lru_cache(maxsize=4096)
def is_disguised(original: str, found: str, language: str) -> bool:
    """Whether a place hides what was found in it behind hidden, look-alike or splitting characters.

    original: the place as it stands in the text. found: the folded word, as the query has it. language: the text's.
    """
    if original.isascii():
        return "-" in original and _is_broken(original, found)
    if _is_broken(original, found) or _FLAG.search(original) or scripts(_apart(original)) != scripts(found):
        return True
    hides = (_hides(letter, original[at - 1 : at], language) for at, letter in enumerate(original))
    return _has_piled_marks(original) or any(hides)


def _is_broken(original: str, found: str) -> bool:
    return bool(_BROKEN.search(plain(original))) and not _BROKEN.search(found)


def _apart(original: str) -> str:
    """Return the letters as they are, each on its own: folding the whole would map those that look alike."""
    return "".join(plain(letter) for letter in original)


def _has_piled_marks(original: str) -> bool:
    run = 0
    for letter in original:
        run = run + 1 if is_mark(letter) else 0
        if run > _MOST_MARKS:
            return True
    return False


def _hides(letter: str, before: str, language: str) -> bool:
    """Whether one character is hidden, a stroke through the one before it, or another's double."""
    if letter.isascii() or letter in _NATIONAL or letter == _STRETCHED:
        return False
    if is_mark(letter):
        return unicodedata.combining(letter) in (0, 1)  # 0 encloses a letter, 1 strikes it through
    if letter == "ı":
        return language not in _DOTLESS_IN
    folded = plain(letter)
    if not folded:
        return letter not in _JOINERS or before.isascii()
    return _is_double(letter, folded, language)


def _is_double(letter: str, folded: str, language: str) -> bool:
    """Whether a character is a variant of a Latin letter that no spelling needs."""
    if not (len(folded) == 1 and folded.isascii() and folded.isalpha()):
        return False
    kind = unicodedata.decomposition(letter).partition(" ")[0]
    if kind in ("<wide>", "<narrow>"):
        return language not in _WIDE_IN
    if kind.startswith("<"):
        return True
    return not kind  # no decomposition at all: a letter with hook or stroke, a small capital, white on black

"""Tokens: the words and numbers of a text, folded, with their places.

In:  text as it came.
Out: tokens in order; each knows where it stands in the original.
Not here: folding (fold.py), matching (analysis/match.py), names and dates.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

import snowballstemmer

from monitor.text.fold import LATIN_DOUBLES, fold, looks_latin

# Vowel signs and joiners that Python's \w leaves out though they stand inside words (Indic, Thai, Lao, Tibetan, Khmer).
WORD_SIGNS: Final = "\u0900-\u0963\u0966-\u0dff\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1-\u0ebc\u0ec8-\u0ecd\u0f71-\u0f84\u102b-\u103e\u17b4-\u17d3\u3099\u309a"  # fmt: skip # noqa: E501
UNSPACED: Final = "\u3041-\u3096\u30a1-\u30fa\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_W: Final = rf"[\w{WORD_SIGNS}]"
# Each begins with the character it is searched by, and looks behind afterwards: that is many times faster.
_GROUPED: Final = r"[0-9](?<![0-9.,][0-9])[0-9]{0,2}(?P<by>[,.' ])[0-9]{3}(?:(?P=by)[0-9]{3})*(?:[.,][0-9]+)?(?![0-9])"


def _token(letter: str, run: str, alone: str = "") -> re.Pattern[str]:
    """Return what finds tokens. letter: of words; run: a word of these; alone: a further alternative."""
    acronym = rf"[^\W\d](?=\.)(?<!{letter}{letter})(?<!\w\.\w)\.(?:[^\W\d]\.)+(?:[^\W\d](?!{letter}))?"
    return re.compile(
        rf"(?P<acronym>{acronym})|(?P<grouped>{_GROUPED})"
        rf"|(?P<decimal>\d(?<!\d[.,]\d)\d*[.,]\d+(?![.,]?\d)){alone}"
        rf"|{run}(?:'(?:s|t|re|ve|ll|d|m)(?!{letter}))?"
    )


_TOKEN: Final = _token(_W, rf"(?:(?![{UNSPACED}]){_W})+", rf"|[{UNSPACED}][\u3099\u309a]?")
_PLAIN: Final = _token(r"\w", r"\w+")  # the same for texts without any of those letters, in half of the time
_OTHER: Final = re.compile(f"[{WORD_SIGNS}{UNSPACED}]")
_DOTTED: Final = re.compile(rf"\.(?<=\b[^\W\d]\.)(?<!\w\.\w\.)(?:[^\W\d]\.)+(?:[^\W\d](?!{_W}))?")
_NUMBER: Final = re.compile(_GROUPED)
_BROKEN: Final = re.compile(r"-(?<=\w-)\s+(?=\w)")
_FLAGS: Final = re.compile("[\U0001f1e6-\U0001f1ff]{3,}")  # letters whose pairs are shown as flags
_STRANGE: Final = re.compile(f"[\U0001f1e6-\U0001f1ff{''.join(LATIN_DOUBLES)}]")
_VOWELS: Final = 0.1  # of a text’s characters; in Latin script about a third, in others next to none
_FIRST_FLAG: Final = 0x1F1E6
# Words of another script alone whose every letter looks Latin: four letters rarely do so by chance.
_DOUBLES: Final = re.compile(rf"(?<!\w)(?:{'|'.join(f'[{one}]{{4,}}' for one in LATIN_DOUBLES)})(?!\w)")
_TAIL: Final = re.compile("'(?:s$)?")  # a possessive goes, the apostrophe of a short form goes
_STEMMED: Final = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish", "fr": "french", "ga": "irish",
    "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian",
    "ne": "nepali", "nl": "dutch", "no": "norwegian", "nb": "norwegian", "pl": "polish", "pt": "portuguese",
    "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish",
}  # fmt: skip


class Token(NamedTuple):
    """One word or number. A tuple, as an article has hundreds: a dataclass takes three times as long to make."""

    text: str  # folded: "15,000" is "15000", "U.N." is "un", "Mali’s" is "mali"
    start: int  # in characters of the original
    end: int


def tokens(text: str) -> tuple[Token, ...]:
    """Return the words and numbers of a text, in order.

    Scripts without spaces give one token a character. A possessive 's is dropped, an elided article ("l'armee") stands
    alone, thousands separators are dropped, a decimal comma becomes a point.
    """
    folded = fold(text)
    found = []
    for match in _found(folded.text):
        (start, end), word = match.span(), match.group()
        if match.lastgroup is not None or "'" in word:  # few
            word, end = _bare(match), _core_end(match)
        if folded.starts:
            start, end = folded.span(start, end)
        found.append(Token(word, start, end))
    return tuple(found)


def words(text: str) -> tuple[str, ...]:
    """Return the folded words and numbers of a text, in order."""
    found = _found(fold(text).text)
    return tuple(_bare(match) if match.lastgroup is not None or "'" in match[0] else match[0] for match in found)


def has_words(text: str) -> bool:
    """Whether a text has any word or number."""
    return next(_found(fold(text).text), None) is not None


def respelled(folded: str, *, with_numbers: bool = True) -> tuple[Token, ...]:
    """Return the words of a folded text that tokens() or a typesetter spells otherwise than they stand there.

    They are acronyms with dots, numbers with thousands separators, words broken by a hyphen and white space ("mi-
    nusma"), words of flag letters, and words of another script that looks Latin, among Latin ones. Offsets count
    characters of the folded text. Much faster than tokens().
    with_numbers: whether anybody asks for numbers; looking for them takes half of the time.
    """
    dotted = ((m.start() - 1, m.end()) for m in _DOTTED.finditer(folded))
    found = [Token(folded[start:end].replace(".", ""), start, end) for start, end in dotted]
    if with_numbers:
        found += [Token(_number(m.group(), m["by"]), m.start(), m.end()) for m in _NUMBER.finditer(folded)]
    found += [_mended(folded, m) for m in _BROKEN.finditer(folded)]
    if not folded.isascii() and _STRANGE.search(folded):
        found += [Token(_unflagged(m.group()), m.start(), m.end()) for m in _FLAGS.finditer(folded)]
        if _is_mostly_latin(folded):
            found += [Token(looks_latin(m.group()), m.start(), m.end()) for m in _DOUBLES.finditer(folded)]
    return tuple(found)


def is_word(letter: str) -> bool:
    """Whether a folded character belongs to words."""
    return letter.isalnum() or _SIGN.match(letter) is not None


def is_unspaced(letter: str) -> bool:
    """Whether a character belongs to a script that puts no spaces between words."""
    return _CHARACTER.match(letter) is not None


def is_spaced(word: str) -> bool:
    """Whether a word is of a script in which words end where they seem to: no Chinese, Korean, Arabic particles."""
    return _RUN_ON.search(word) is None


def stem(word: str, language: str) -> str:
    """Return the stem of a folded word, or the word itself where the language (ISO 639-1) has no stemmer."""
    name = _STEMMED.get(language)
    return word if name is None else _stem(word, name)


def stems(text: str, language: str) -> tuple[str, ...]:
    """Return the stems of a text's words, in order."""
    return tuple(stem(word, language) for word in words(text))


_RUN_ON: Final = re.compile(f"[{UNSPACED}\u0600-\u06ff\uac00-\ud7a3]")
_SIGN: Final = re.compile(f"[{WORD_SIGNS}]")
_CHARACTER: Final = re.compile(f"[{UNSPACED}]")


@lru_cache(maxsize=65536)
def _stem(word: str, name: str) -> str:
    # A new one each time: a stemmer keeps its word in itself, so threads cannot share it. Making one is cheap.
    return str(snowballstemmer.stemmer(name).stemWord(word))


def _found(folded: str) -> Iterator[re.Match[str]]:
    spaced = folded.replace("_", " ")
    pattern = _PLAIN if spaced.isascii() or not _OTHER.search(spaced) else _TOKEN
    return pattern.finditer(spaced)


def _unflagged(flags: str) -> str:
    return "".join(chr(ord(flag) - _FIRST_FLAG + ord("a")) for flag in flags)


def _is_mostly_latin(folded: str) -> bool:
    """Whether a word of another script is a stranger in a text."""
    return sum(map(folded.count, "aeiou")) > _VOWELS * len(folded)


def _mended(folded: str, broken: re.Match[str]) -> Token:
    start, end = broken.span()
    while start and is_word(folded[start - 1]):
        start -= 1
    while end < len(folded) and is_word(folded[end]):
        end += 1
    return Token(folded[start : broken.start()] + folded[broken.end() : end], start, end)


def _core_end(match: re.Match[str]) -> int:
    return match.end() - 2 if match.group().endswith("'s") else match.end()


def _bare(match: re.Match[str]) -> str:
    found = match.group()
    if match.lastgroup is None:
        return _TAIL.sub("", found) if "'" in found else found
    if match["acronym"]:
        return found.replace(".", "")
    if match["grouped"]:
        return _number(found, match["by"])
    return found.replace(",", ".")


def _number(found: str, by: str) -> str:
    return found.replace(by, "").replace(",", ".")

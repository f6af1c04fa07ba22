"""Folding: one spelling for all the ways a text may write the same letters.

In:  text as it came, with accents, capitals, ligatures, hidden characters and look-alike letters.
Out: plain lower-case text, and for each of its characters the place in the original.
Not here: words (tokens.py), searching (analysis/match.py), whether a spelling hides a name (disguise.py), stemming.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
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
    "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe",
    "ɑ": "a", "Ɑ": "a",  # the round a of handwriting
    "й": "й", "Й": "й",  # a letter of its own: Russian endings turn on it
    "ى": "ي", "ی": "ي", "ک": "ك",  # Arabic letters that keyboards exchange
    "ـ": "",  # tatweel only stretches a word
    "\u2800": " ",  # a Braille cell without dots
    **dict.fromkeys("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0", ""),  # nobody sees these
}  # fmt: skip
# Letters of their own to Unicode, plain ones to a reader: with a hook or stroke (ł, ø, ɱ), without their dot (ı, to
# which Turkish capitals fold), small capitals (ᴍ), white on black (🅼).
_DRESSED: Final = re.compile(
    r"(?:LATIN (?:SMALL|CAPITAL) LETTER (?:DOTLESS |SCRIPT )?|LATIN (?:CAPITAL )?LETTER SMALL CAPITAL "
    r"|NEGATIVE (?:CIRCLED|SQUARED) LATIN CAPITAL LETTER )(?P<letter>[A-Z])(?: WITH .*| BAR)?"
)
_BREVE: Final = "\u0306"
_MANY: Final = 64  # characters to replace; a language's capitals and accents are fewer
_PLAIN: Final = b"\n" + bytes(range(0x20, 0x7F)).replace(b"`", b"")  # what stays, capitals aside

# Letters that look alike (Unicode Technical Standard 39). One of another script stands for the Latin one only inside a
# word that mixes scripts. Folded text has lost its capitals, so a letter stands for what its capital resembles, or,
# where nothing looks like that, for what the small one does.
_CYRILLIC: Final = dict(zip("авсенкмортухіјѕԁһԛԝӏүѵ", "abcehkmoptyxijsdhqwlyv", strict=True))
_GREEK: Final = dict(zip("αβεζηικμνορτυχγω", "abezhikmnoptyxyw", strict=True))
_GREEK_SMALL: Final = {"η": "n", "ν": "v", "υ": "u"}  # as they were written, unlike their capitals
_ARMENIAN: Final = dict(zip("ազգհոսօլտյցռ", "wqqhnuolsjgn", strict=True))
_CHEROKEE: Final = dict(
    zip("ᎠᎡᎢᎣᎥᎩᎪᎫᎬᎳᎷᎻᎽᏀᏁᏂᏃᏆᏌᏏᏒᏔᏕᏙᏚᏞᏟᏢᏦᏧᏳᏴ".lower(), "drtovyajewmhygnhziubrwsvslcpkdgb", strict=True)
)
_LISU: Final = dict(zip("ꓐꓑꓓꓔꓖꓗꓙꓚꓜꓝꓟꓠꓡꓢꓣꓦꓧꓪꓫꓬꓮꓰꓲꓳꓴ", "bpdtgkjczfmnlsrvhwxyaeiou", strict=True))
_SCRIPTS: Final = {
    "latin": {**_CYRILLIC, **_GREEK, **_ARMENIAN, **_CHEROKEE, **_LISU},
    "cyrillic": {latin: letter for letter, latin in reversed(_CYRILLIC.items())},
    "greek": {latin: letter for letter, latin in reversed(_GREEK.items())},
}
# The letters of each other script that look Latin.
LATIN_DOUBLES: Final = tuple("".join(table) for table in (_CYRILLIC, _GREEK, _ARMENIAN, _CHEROKEE, _LISU))
_RANGES: Final = {
    "latin": "a-z",
    "cyrillic": "а-ԯ",
    "greek": "Ͱ-Ͽ",
    "armenian": "ա-և",
    "cherokee": "ᏸ-ᏽꭰ-ꮿ",
    "lisu": "ꓐ-ꓽ",
}
_NOT_LATIN: Final = "".join(letters for script, letters in _RANGES.items() if script != "latin")
_FOREIGN: Final = re.compile(f"[{_NOT_LATIN}]")
_MIXED: Final = re.compile(
    "|".join(
        f"[{letters}][{''.join(other for other in _RANGES.values() if other != letters)}]"
        for letters in _RANGES.values()
    )
)
_SCRIPT: Final = re.compile("|".join(f"(?P<{script}>[{letters}])" for script, letters in _RANGES.items()))
_WORD: Final = re.compile(r"[^\W_]+")
_SHORTEST_MIXED: Final = 3  # letters; shorter ones are units and formulas
# Combining classes that are stripped: Hebrew and Arabic points, accents above and below letters, strokes through them
# (1). Others stay: 0, 7 and 9 are vowels and joiners of Indic scripts, 8 the voicing of kana, 103 to 132 vowels of Thai
# and Lao.
_STRIPPED: Final = frozenset((1, *range(10, 37), *range(200, 241)))


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded text with the way back. No pieces mean that no character moved."""

    text: str
    starts: Sequence[int] = ()  # where each piece begins in the folded text
    pieces: Sequence[tuple[int, int, bool]] = ()  # where it stands in the original; whether letter by letter

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the half-open span of the original that the folded span came from.

        start, end: 0 <= start < end <= len(text), in folded characters.
        Never empty: a letter that folds to two is covered whole by either of them, accents that follow belong to it.
        """
        return (self._place(start)[0], self._place(end - 1)[1]) if self.starts else (start, end)

    def _place(self, at: int) -> tuple[int, int]:
        """Return the span of one folded character."""
        number = bisect_right(self.starts, at) - 1
        start, end, is_run = self.pieces[number]
        at += start - self.starts[number]
        return (at, at + 1) if is_run else (start, end)


def fold(text: str) -> Folded:
    """Return the text in lower case, without accents, hidden characters and typography.

    Hidden characters (soft hyphen, zero width, bidi, tags) vanish without ending a word. Look-alike letters of other
    scripts are mapped only inside a word that mixes scripts. Surrogates become U+FFFD. Line breaks become newlines.
    """
    # Seven times as fast as going through the text, twice as fast as a pattern.
    others = set(text.encode(errors="surrogatepass").translate(None, _PLAIN).decode(errors="surrogatepass"))
    if not others:
        return Folded(text.lower())
    folds = {letter: _letter(letter) for letter in others}
    moving = "".join(sorted(letter for letter, to in folds.items() if len(to) != 1))
    same = _replaced(text, {letter: to for letter, to in folds.items() if len(to) == 1 and to != letter})
    folded = _pieced(same, moving) if moving else Folded(same.lower())
    return _unmixed(folded, text) if _FOREIGN.search("".join(folds.values())) else folded


def plain(text: str) -> str:
    """Return the folded text alone."""
    return fold(text).text


def capitals(text: str) -> str:
    """Return which of a text's letters are capitals: "Aaaa" for "Mali", "AaaaAaaaaa" for "Mali Empire".

    Letters of scripts without capitals are left out.
    """
    letters = unicodedata.normalize("NFKD", text)
    return "".join("A" if letter.isupper() else "a" for letter in letters if letter.upper() != letter.lower())


def scripts(letters: str) -> frozenset[str]:
    """Return the scripts of a folded text's letters, those of them that have letters which look alike."""
    return frozenset(match.lastgroup for match in _SCRIPT.finditer(letters) if match.lastgroup)


def looks_latin(word: str) -> str:
    """Return a folded word in the Latin letters that its own look like; letters that look like none stay."""
    return "".join(_SCRIPTS["latin"].get(letter, letter) for letter in word)


def is_mark(letter: str) -> bool:
    """Whether folding strips a character: an accent, a vowel point, a ring or stroke around a letter."""
    return unicodedata.combining(letter) in _STRIPPED or unicodedata.category(letter) == "Me"


def _replaced(text: str, table: Mapping[str, str]) -> str:
    """Return the text with single characters replaced: a few of them one by one, which is ten times as fast."""
    if len(table) > _MANY:
        return text.translate({ord(letter): to for letter, to in table.items()})
    for letter, to in table.items():
        text = text.replace(letter, to)
    return text


def _pieced(text: str, moving: str) -> Folded:
    """Return a text folded whose other characters are in place, with the way back around those that move."""
    out: list[str] = []
    starts: list[int] = []
    pieces: list[tuple[int, int, bool]] = []
    length = 0
    for start, end, folded, is_run in _cut(text, moving):
        if folded:
            starts.append(length)
            pieces.append((start, end, is_run))
            out.append(folded)
            length += len(folded)
    return Folded("".join(out), starts, pieces)


def _cut(text: str, moving: str) -> Iterator[tuple[int, int, str, bool]]:
    """Yield the pieces of a text: start, end, folded, and whether it is so letter by letter."""
    done = 0
    for match in _moving(moving).finditer(text):
        at, end = match.span()
        if at > done:
            yield done, at, text[done:at].lower(), True
        yield at, end, _cluster(match.group()), False
        done = end
    if done < len(text):
        yield done, len(text), text[done:].lower(), True


@lru_cache(maxsize=1024)
def _moving(letters: str) -> re.Pattern[str]:
    """Return the pattern of characters that move others, each with the marks that follow it."""
    marks = "".join(re.escape(letter) for letter in letters if is_mark(letter))
    alone = f"[{''.join(map(re.escape, letters))}]"
    return re.compile(f".[{marks}]+|{alone}" if marks else alone, re.DOTALL)


def _cluster(cluster: str) -> str:
    """Return what a character with its marks folds to."""
    folded = _letter(cluster[0]).lower()
    return "й" if folded == "и" and _BREVE in cluster else folded


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
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", letter).casefold()).lower()
    return "".join(_undressed(part) for part in apart if not is_mark(part))


def _undressed(part: str) -> str:
    """Return the plain letter that a reader sees in a decomposed one."""
    if part.isascii() or part in _SPECIAL:
        return _SPECIAL.get(part, part)
    dressed = _DRESSED.fullmatch(unicodedata.name(part, ""))
    return dressed["letter"].lower() if dressed else part


def _unmixed(folded: Folded, original: str) -> Folded:
    """Return the text with look-alike letters mapped in each word that mixes scripts."""
    text = folded.text
    if not _MIXED.search(text):
        return folded
    out = []
    done = 0
    for word in _WORD.finditer(text):
        found = word.group()
        if len(found) >= _SHORTEST_MIXED and _MIXED.search(found):
            written = "".join(original[folded.span(at, at + 1)[0]] for at in range(*word.span()))
            out += [text[done : word.start()], _one_script(found, written)]
            done = word.end()
    return Folded("".join([*out, text[done:]]), folded.starts, folded.pieces)


@lru_cache(maxsize=4096)
def _one_script(word: str, written: str) -> str:
    """Return the word in the script most of its letters have and all others can be mapped to; else unchanged.

    written: its letters as they stood in the text.
    """
    own = [_script(letter) for letter in word]
    for target in sorted(_SCRIPTS, key=lambda script: -own.count(script)):  # stable: Latin first
        table = _SCRIPTS[target]
        if all(script in (target, "") or letter in table for letter, script in zip(word, own, strict=True)):
            small = _GREEK_SMALL if target == "latin" else {}
            return "".join(small.get(was, table.get(letter, letter)) for letter, was in zip(word, written, strict=True))
    return word


def _script(letter: str) -> str:
    match = _SCRIPT.match(letter)
    return (match.lastgroup or "") if match else ""

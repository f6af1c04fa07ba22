"""Vouch: what of a writer's answer may stand in an alert, and why the rest may not.

In:  the answer as it came, the sentences that were offered, their language.
Out: bullets with the sentences they rest on; or the first reason against the answer, in words of our own.
Not here: asking a writer (sources/writer.py), what becomes of a refusal (pipeline/writing.py).

Why these rules, and what they cannot see: docs/decisions/0016-writer.md.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from unicodedata import category

from monitor.alerting.brief import BULLET_CHARS, MOST_BULLETS
from monitor.alerting.escape import clean
from monitor.model.judgement import Bullet
from monitor.model.writing import Offered, by_id
from monitor.text.amounts import amounts, is_amount, is_calendar
from monitor.text.fold import fold
from monitor.text.tokens import Token, is_unspaced, stem, tokens, words
from monitor.text.weights import weight

MOST_ANSWER: Final = 20_000  # characters
NAMES_STAND: Final = ("en", "fr", "es", "it", "pt")  # languages in which a name has one form: Mouras is not Moura
OPENER: Final = 0.25  # weight up to which a word that begins a sentence with a capital is no name: "The", "Selon"
UNLISTED: Final = 1.0  # weight of words that no list of common words has
CHARACTER: Final = 0.5  # the same for a character of a script without spaces

_SPACES: Final = re.compile("[\u00a0\u2007\u2009\u202f]")
_MARKUP: Final = re.compile(r"[<>{}\[\]|\\*_`~^]|#\w|&#?\w+;")
_LINK: Final = re.compile(
    r"://|@|\bwww\.|[^\W\d_][\w-]+\.[^\W\d_]{2,}|\b(?:mailto|tel|data|javascript|file|magnet):", re.IGNORECASE
)
_MARKS: Final = re.compile(r"[「」『』｢｣‹›《》〈〉⟨⟩⟪⟫❝❞❛❜❮❯]|(?<!\w)״|״(?!\w)")
_QUOTED: Final = re.compile(r'"([^"]*)"|(?<!\w)\'(?=\S)(.+?)\'(?!\w)')
_BEGINS: Final = re.compile(r"(?:\A|[.!?:;…]\s)[\s\"'«»“”„‘’(¿¡-]*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Why an answer is not told. Never quotes the answer: it may hold whatever its author wants logged."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """What the sentences that a bullet cites say."""

    sentences: tuple[str, ...]  # the words of each, between blanks
    words: frozenset[str]
    signs: frozenset[str]  # that are numbers and no digits: Ⅴ, ½
    stems: frozenset[str]
    amounts: frozenset[float]


def vouched(answer: str, offered: Sequence[Offered], language: str) -> tuple[Bullet, ...] | Refused:
    """Return the bullets of an answer if all of them may be told, in order; else why not.

    A bullet cites a new sentence and known ids only, says no amount, name, quotation or rare word that its sentences
    do not have, and is one short line that does nothing wherever it is shown. language: ISO 639-1, of the sentences.
    """
    read = _read(answer)
    if read is None:
        return Refused(reason="not the JSON object that was asked for")
    if not 1 <= len(read) <= MOST_BULLETS:
        return Refused(reason=f"{len(read)} bullets; 1 to {MOST_BULLETS} were asked for")
    known = by_id(offered)
    bullets = []
    for number, (text, cites) in enumerate(read, 1):
        line = _SPACES.sub(" ", text).strip()
        fault = _form_fault(line) or _cites_fault(cites, known)
        cited = tuple(known[each].text for each in dict.fromkeys(cites) if each in known)
        fault = fault or _ground_fault(line, _ground(cited, language), language)
        if fault:
            return Refused(reason=f"bullet {number} {fault}")
        bullets.append(Bullet(text=line, cites=cited))
    return tuple(bullets)


def _read(answer: str) -> list[tuple[str, list[str]]] | None:
    """Return texts and cited ids of an answer; None where it is not of the form that was asked for."""
    start, end = answer.find("{"), answer.rfind("}")  # some writers put a fence or a word of greeting around it
    try:
        found = json.loads(answer[start : end + 1]) if len(answer) <= MOST_ANSWER else None
    except (ValueError, RecursionError):
        return None
    listed = found.get("bullets") if isinstance(found, dict) else None
    read = [_bullet(each) for each in listed] if isinstance(listed, list) else [None]
    return None if None in read else [each for each in read if each is not None]


def _bullet(given: object) -> tuple[str, list[str]] | None:
    text, cites = (given.get("text"), given.get("cites")) if isinstance(given, dict) else (None, None)
    if not isinstance(text, str) or not isinstance(cites, list):
        return None
    if not all(isinstance(each, (str, int)) and not isinstance(each, bool) for each in cites):
        return None
    return text, [str(each) for each in cites]


def _form_fault(line: str) -> str:
    if not words(line):
        return "says nothing"
    if len(line) > BULLET_CHARS:
        return f"is longer than {BULLET_CHARS} characters"
    if _LINK.search(line):
        return "holds a link or an address"
    if _MARKUP.search(line):
        return "holds markup"
    return "" if clean(line) == line else "holds characters that hide or act"


def _cites_fault(cites: Sequence[str], known: Mapping[str, Offered]) -> str:
    if not cites:
        return "cites no sentence"
    if not all(each in known for each in cites):
        return "cites a sentence that was not offered"
    return "" if any(known[each].is_new for each in cites) else "cites no new sentence"


def _ground(cited: Sequence[str], language: str) -> _Ground:
    found = [tokens(text) for text in cited]
    said = frozenset(token.text for sentence in found for token in sentence)
    return _Ground(
        sentences=tuple(f" {' '.join(token.text for token in sentence)} " for sentence in found),
        words=said,
        signs=frozenset().union(*map(_signs, cited)),
        stems=frozenset(stem(word, language) for word in said),
        amounts=frozenset().union(*(amounts(sentence, language) for sentence in found)),
    )


def _ground_fault(line: str, ground: _Ground, language: str) -> str:
    """Return what a line says that its sentences do not."""
    found = tokens(line)
    if not (amounts(found, language) <= ground.amounts and _signs(line) <= ground.signs):
        return "holds a number that its sentences do not"
    if not all(f" {' '.join(words(quote))} " in "".join(ground.sentences) for quote in _quotes(line)):
        return "holds a quotation that its sentences do not"
    for token in found:
        if not (token.text in ground.words or is_amount(token.text, language)):
            fault = _word_fault(line, token, language)
            if fault and (_is_fixed(line, token, language) or stem(token.text, language) not in ground.stems):
                return fault
    return ""


def _signs(text: str) -> frozenset[str]:
    return frozenset(sign for sign in text if category(sign) in ("Nl", "No"))


def _is_fixed(line: str, token: Token, language: str) -> bool:
    """Whether a word is a name that has no other form: a capital within a line, in a language that inflects none."""
    written = line[token.start : token.end]
    is_possessive = written.endswith(("'s", "’s"))
    return language in NAMES_STAND and written[:1].isupper() and not is_possessive and not _begins(line, token)


def _begins(line: str, token: Token) -> bool:
    return _BEGINS.search(line[: token.start]) is not None


def _word_fault(line: str, token: Token, language: str) -> str:
    """Return what speaks against a word that no cited sentence has."""
    written = line[token.start : token.end]
    if any(letter.isdigit() for letter in token.text) or is_calendar(token.text, language):
        return "holds a number or date that its sentences do not"
    told = weight(token.text)
    if any(letter.isupper() or letter.istitle() for letter in written):
        begins = _begins(line, token) and written[1:] == written[1:].lower()
        return "" if begins and told <= OPENER else "holds a name that its sentences do not"
    is_rare = told >= (CHARACTER if is_unspaced(token.text[0]) else UNLISTED)
    return "holds a name or a rare word that its sentences do not" if is_rare else ""


def _quotes(line: str) -> Iterator[str]:
    """Yield what stands between quotation marks; a mark without its other half quotes to the end."""
    folded = fold(_MARKS.sub('"', line)).text
    if folded.count('"') % 2:
        folded += '"'
    for match in _QUOTED.finditer(folded):
        yield match[1] if match[1] is not None else match[2]

"""Values: the numbers, months and days that a sentence states, and the names in it.

In:  a sentence, its tokens.
Out: values with their places; names.
Not here: whether a value changed (analysis/changes.py).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from monitor.text.tokens import Token

FIRST_YEAR, LAST_YEAR = 1800, 2199
LONG_WORD: Final = 4  # letters; shorter words stay small in headlines too
HEADLINE: Final = 0.7  # share of long words with a capital above which a line is set as a headline


class Kind(StrEnum):
    """What a value counts; only values of one kind can replace each other."""

    NUMBER = "number"
    MONTH = "month"
    DAY = "day"  # a month with its day: "June 30"
    YEAR = "year"


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value as a sentence states it."""

    kind: Kind
    amount: str  # comparable: "15000", "02" for February, "06-30" for June 30
    written: str  # as it stands: "15,000", "February"
    at: int  # index of its token


MONTHS: Final = {
    "en": "january february march april may june july august september october november december",
    "fr": "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "de": "januar februar marz april mai juni juli august september oktober november dezember",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "pt": "janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "ar": "يناير فبراير مارس ابريل مايو يونيو يوليو اغسطس سبتمبر اكتوبر نوفمبر ديسمبر",
}
SMALL: Final = {
    "en": "two three four five six seven eight nine ten eleven twelve",
    "fr": "deux trois quatre cinq six sept huit neuf dix onze douze",
    "es": "dos tres cuatro cinco seis siete ocho nueve diez once doce",
    "de": "zwei drei vier funf sechs sieben acht neun zehn elf zwolf",
}
_MONTH_OF: Final = {
    language: {word: f"{number:02}" for number, word in enumerate(words.split(), 1)}
    for language, words in MONTHS.items()
}
_SMALL_OF: Final = {
    language: {word: str(number) for number, word in enumerate(words.split(), 2)} for language, words in SMALL.items()
}
_DAY: Final = re.compile(r"(?:[12]?\d|3[01])(?:st|nd|rd|th|er)?")
_PLAIN: Final = re.compile(r"\d+(?:\.\d+)?")
_LETTERS: Final = "strdnhe"  # behind a day


def values(text: str, tokens: Sequence[Token], language: str) -> tuple[Value, ...]:
    """Return the values that a sentence states, in order. `tokens` are those of `text`."""
    small = _SMALL_OF.get(language, {})
    months = _months(text, tokens, language)
    found = []
    days = _days(tokens, months)
    for at, token in enumerate(tokens):
        written = text[token.start : token.end]
        if at in days:
            kind, amount = Kind.DAY, f"{months[at]}-{tokens[days[at]].text.rstrip(_LETTERS):0>2}"
        elif at in months:
            kind, amount = Kind.MONTH, months[at]
        elif token.text in small:
            kind, amount = Kind.NUMBER, small[token.text]
        elif at not in days.values() and _PLAIN.fullmatch(token.text):
            kind, amount = Kind.YEAR if _is_year(written) else Kind.NUMBER, token.text
        else:
            continue
        found.append(Value(kind=kind, amount=amount, written=written, at=at))
    return tuple(found)


def names(text: str, tokens: Sequence[Token]) -> tuple[str, ...]:
    """Return the folded words that are written as names: with a capital, and not only for beginning the sentence.

    Where most long words have a capital (a headline), capitals name nothing.
    """
    capital = [text[token.start].isupper() for token in tokens]
    long = [is_capital for token, is_capital in zip(tokens, capital, strict=True) if len(token.text) >= LONG_WORD]
    if sum(long) > HEADLINE * len(long):
        return ()
    found = zip(tokens[1:], capital[1:], strict=True)
    return tuple(token.text for token, is_capital in found if is_capital and len(token.text) > 1)


def _months(text: str, tokens: Sequence[Token], language: str) -> dict[int, str]:
    """Return the months of a sentence by place. "may" and "march" without a capital are English verbs."""
    listed = _MONTH_OF.get(language, {})
    found = ((at, token) for at, token in enumerate(tokens) if token.text in listed)
    return {at: listed[token.text] for at, token in found if language != "en" or text[token.start].isupper()}


def _days(tokens: Sequence[Token], months: Mapping[int, str]) -> dict[int, int]:
    """Return for a month's place the place of its day, where one stands beside it."""
    found = {}
    for at in months:
        beside = (near for near in (at - 1, at + 1) if 0 <= near < len(tokens))
        day = next((near for near in beside if _DAY.fullmatch(tokens[near].text)), None)
        if day is not None:
            found[at] = day
    return found


def _is_year(written: str) -> bool:
    return len(written) == 4 and written.isdigit() and FIRST_YEAR <= int(written) <= LAST_YEAR

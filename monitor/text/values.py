"""Values: the numbers, months and days that a sentence states, and the names in it.

In:  a sentence, its tokens.
Out: values with their places; names.
Not here: whether a value changed (analysis/changes.py).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from monitor.text.tokens import Token
from monitor.text.units import MONEY, NONE, PERCENT, TIME, Unit, money_before, unit_of
from monitor.text.weekdays import named_day, weekdays

FIRST_YEAR, LAST_YEAR = 1800, 2199
LONG_WORD: Final = 4  # letters; shorter words stay small in headlines too
MOST_WORDS: Final = 4  # of a number: "twenty-two hundred thousand"
TEN, TWENTY = Decimal(10), Decimal(20)
LARGEST: Final = Decimal(10**15)  # that a word behind it makes larger: more digits are no count
CAPITAL_NOUNS: Final = ("de", "lb")  # a capital there is no sign of a name
HEADLINE: Final = 0.7  # share of long words with a capital above which a line is set as a headline


class Kind(StrEnum):
    """What a value counts; only values of one kind can replace each other."""

    NUMBER = "number"
    MONTH = "month"
    DAY = "day"  # a month with its day: "June 30"
    YEAR = "year"
    WEEKDAY = "weekday"  # "Friday", as the date it names


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value as a sentence states it."""

    kind: Kind
    amount: str  # comparable: "15000", "02" for February, "06-30" for June 30
    written: str  # as it stands: "15,000", "February"
    at: int  # index of its first token
    last: int  # of its last: "eight hundred" has two
    unit: Unit = NONE  # of a number

    def silent(self) -> Iterator[int]:
        """Yield the places of the words that add nothing: "million" is in the amount, and "%" has no word."""
        if self.kind is Kind.NUMBER:
            yield from range(self.at + 1, self.last + 1)
            yield from self.unit.places if self.unit.name in (PERCENT, *MONEY) else ()


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
# Other words for a month; the short ones of English are verbs and names, too, and need their day beside them.
OTHER_MONTHS: Final = {
    "en": "jan feb mar apr - jun jul aug sep/sept oct nov dec",
    "de": "janner - - - - - - - - - - -",
    "es": "- - - - - - - - setiembre - - -",
    "ru": "январе/январь феврале/февраль марте/март апреле/апрель мае/май июне/июнь июле/июль августе/август "
    "сентябре/сентябрь октябре/октябрь ноябре/ноябрь декабре/декабрь",
    "ar": "- شباط اذار نيسان ايار حزيران تموز اب ايلول - - -",
}
# From two on: "one" is a pronoun as often as not.
NUMBERS: Final = {
    "en": "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen",
    "fr": "deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize",
    "es": "dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete "
    "dieciocho diecinueve",
    "de": "zwei drei vier funf sechs sieben acht neun zehn elf zwolf dreizehn vierzehn funfzehn sechzehn siebzehn "
    "achtzehn neunzehn",
    "it": "due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici "
    "diciassette diciotto diciannove",
    "pt": "dois/duas tres quatro cinco seis sete oito nove dez onze doze treze catorze/quatorze quinze dezesseis "
    "dezessete dezoito dezenove",
    "ru": "два/две/двух/двое три/трех/трое четыре/четырех пять/пяти шесть/шести семь/семи восемь/восьми девять/девяти "
    "десять/десяти одиннадцать двенадцать тринадцать четырнадцать пятнадцать шестнадцать семнадцать восемнадцать "
    "девятнадцать",
    "ar": "اثنان/اثنين ثلاثة/ثلاث اربعة/اربع خمسة/خمس ستة/ست سبعة/سبع ثمانية/ثماني تسعة/تسع عشرة/عشر",
}
TENS: Final = {
    "en": "twenty thirty forty fifty sixty seventy eighty ninety",
    "fr": "vingt trente quarante cinquante soixante",
    "es": "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    "de": "zwanzig dreissig vierzig funfzig sechzig siebzig achtzig neunzig",
    "it": "venti trenta quaranta cinquanta sessanta settanta ottanta novanta",
    "pt": "vinte trinta quarenta cinquenta sessenta setenta oitenta noventa",
    "ru": "двадцать/двадцати тридцать/тридцати сорок/сорока пятьдесят шестьдесят семьдесят восемьдесят девяносто",
    "ar": "عشرون/عشرين ثلاثون/ثلاثين اربعون/اربعين خمسون/خمسين ستون/ستين سبعون/سبعين ثمانون/ثمانين تسعون/تسعين",
}
# Words behind a number that make it larger: hundreds, thousands, millions, thousands of millions.
SCALES: Final = {
    "en": ("hundred", "thousand", "million mn mln", "billion bn"),
    "fr": ("cent cents", "mille", "million millions mio", "milliard milliards md mds"),
    "es": ("cientos", "mil", "millon millones", ""),
    "de": ("hundert", "tausend tsd", "million millionen mio", "milliarde milliarden mrd"),
    "it": ("", "mila", "milione milioni", "miliardo miliardi"),
    "pt": ("", "mil", "milhao milhoes", "bilhao bilhoes"),
    "ru": ("", "тысяча тысячи тысяч тыс", "миллион миллиона миллионов млн", "миллиард миллиарда миллиардов млрд"),
    "ar": ("", "الف الاف", "مليون ملايين", "مليار"),
}
ONES: Final = {"en": {"one": Decimal(1)}, "fr": {"un": Decimal(1), "une": Decimal(1)}}  # behind tens: "twenty-one"
_MONTH_OF: Final = {
    language: {
        word: f"{number:02}"
        for listed in (words, OTHER_MONTHS.get(language, ""))
        for number, each in enumerate(listed.split(), 1)
        for word in each.split("/")
    }
    for language, words in MONTHS.items()
}
_NEED_A_DAY: Final = frozenset(OTHER_MONTHS["en"].replace("/", " ").split())
_NUMBER_OF: Final = {
    language: {word: Decimal(number) for number, each in enumerate(words.split(), 2) for word in each.split("/")}
    | {word: Decimal(number * 10) for number, each in enumerate(TENS[language].split(), 2) for word in each.split("/")}
    for language, words in NUMBERS.items()
}
_SCALE_OF: Final = {
    language: {
        word: Decimal(size)
        for words, size in zip(scales, (100, 10**3, 10**6, 10**9), strict=True)
        for word in words.split()
    }
    for language, scales in SCALES.items()
}
_BEGINNING: Final = {
    language: frozenset(_MONTH_OF[language]).union(_NUMBER_OF.get(language, ()), weekdays(language))
    for language in _MONTH_OF
}  # words that a value may begin with, beside digits
_DAY: Final = re.compile(r"(?:[12]?\d|3[01])(?:st|nd|rd|th|er)?")
_PLAIN: Final = re.compile(r"\d+(?:\.\d+)?")
_GLUED: Final = re.compile(r"(\d+)(k|m|mn|mln|bn)")  # "27bn"; "48m" only of money, else it is a length
_GLUES: Final = {
    "k": Decimal(10**3),
    "m": Decimal(10**6),
    "mn": Decimal(10**6),
    "mln": Decimal(10**6),
    "bn": Decimal(10**9),
}
_LETTERS: Final = "strdnhe"  # behind a day


def values(text: str, tokens: Sequence[Token], language: str, on: date | None = None) -> tuple[Value, ...]:
    """Return the values that a sentence states, in order. `tokens` are those of `text`.

    on: the day of the report; without it a weekday names no date.
    """
    months = _months(text, tokens, language)
    days = _days(tokens, months)
    begins = _BEGINNING.get(language, frozenset())
    found: list[Value] = []
    for at, token in enumerate(tokens):
        if token.text not in begins and not token.text[:1].isdigit():
            continue  # most
        last, unit = at, NONE
        if at in days:
            kind, amount = Kind.DAY, f"{months[at]}-{tokens[days[at]].text.rstrip(_LETTERS):0>2}"
        elif at in months:
            kind, amount = Kind.MONTH, months[at]
        elif at in days.values() or (found and at <= found[-1].last):
            continue
        elif on and (day := named_day(token.text, language, on)):
            kind, amount = Kind.WEEKDAY, f"{day:%m-%d}"
        else:
            counted = _counted(text, tokens, at, language)
            if counted is None:
                continue
            kind, (amount, last) = Kind.NUMBER, counted
            unit = unit_of(text, tokens, at, last, language)
            if last == at and unit.name in TIME and _is_year(text[token.start : token.end]):
                kind = Kind.YEAR
        written = text[token.start : tokens[last].end]
        found.append(Value(kind=kind, amount=amount, written=written, at=at, last=last, unit=unit))
    return tuple(found)


def _counted(text: str, tokens: Sequence[Token], at: int, language: str) -> tuple[str, int] | None:
    """Return the number that begins at a token, and the place of its last one: "15000", "twenty-two", "2.5 million"."""
    word = tokens[at].text
    numbers = _NUMBER_OF.get(language, {})
    is_figure = word[:1].isdigit()
    number = Decimal(word) if is_figure and _PLAIN.fullmatch(word) else numbers.get(word)
    if number is None and is_figure and (glued := _GLUED.fullmatch(word)):
        is_scale = glued[2] != "m" or money_before(text, tokens[at])
        return (f"{Decimal(glued[1]) * _GLUES[glued[2]]:f}", at) if is_scale else None
    if number is None or _is_part_of_name(text, tokens, at):
        return None
    scales = _SCALE_OF.get(language, {})
    following = [token.text for token in tokens[at + 1 : at + MOST_WORDS]]
    last = at
    units = numbers | ONES.get(language, {})
    if word in numbers and number >= TWENTY and following and units.get(following[0], TWENTY) < TEN:
        number += units[following.pop(0)]
        last += 1
    for scale in following:
        if scale not in scales or number > LARGEST:
            break
        number *= scales[scale]
        last += 1
    if following[:1] == ["m"] and money_before(text, tokens[at]):  # "$2.4m"
        number, last = number * _GLUES["m"], last + 1
    return (word if last == at and word not in numbers else f"{number.normalize():f}"), last


def _is_part_of_name(text: str, tokens: Sequence[Token], at: int) -> bool:
    """Whether a number hangs on a word before it by a hyphen: "Covid-19", "S-400"."""
    before = tokens[at - 1] if at else None
    return before is not None and text[before.end : tokens[at].start] == "-" and before.text.isalpha()


def names(text: str, tokens: Sequence[Token], language: str = "") -> tuple[str, ...]:
    """Return the folded words that are written as names: with a capital, and not only for beginning the sentence.

    Where most long words have a capital (a headline), capitals name nothing. Where every noun has one, two side by side
    are a name ("Volker Amann"), one alone is not.
    """
    capital = [text[token.start].isupper() for token in tokens]
    long = [is_capital for token, is_capital in zip(tokens, capital, strict=True) if len(token.text) >= LONG_WORD]
    if sum(long) > HEADLINE * len(long) and language not in CAPITAL_NOUNS:
        return ()
    if language in CAPITAL_NOUNS:
        capital = [is_capital and _is_in_row(text, tokens, capital, at) for at, is_capital in enumerate(capital)]
    found = zip(tokens[1:], capital[1:], strict=True)
    return tuple(token.text for token, is_capital in found if is_capital and len(token.text) > 1)


def _is_in_row(text: str, tokens: Sequence[Token], capital: Sequence[bool], at: int) -> bool:
    """Whether the word before or behind a place has a capital, too, and nothing but a space stands between."""
    pairs = [pair for pair in ((at - 1, at), (at, at + 1)) if pair[0] > 0 and pair[1] < len(tokens)]
    return any(
        capital[one] and capital[other] and text[tokens[one].end : tokens[other].start] == " " for one, other in pairs
    )


def _months(text: str, tokens: Sequence[Token], language: str) -> dict[int, str]:
    """Return the months of a sentence by place. "may" and "march" without a capital are English verbs."""
    listed = _MONTH_OF.get(language, {})
    found = [(at, token) for at, token in enumerate(tokens) if token.text in listed]
    if not found:
        return {}
    named = {at: listed[token.text] for at, token in found if language != "en" or text[token.start].isupper()}
    days = _days(tokens, named)
    return {at: month for at, month in named.items() if at in days or tokens[at].text not in _NEED_A_DAY}


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

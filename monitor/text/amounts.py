"""Amounts: the numbers of a text, in figures and in words, as something that compares.

In:  a text, its tokens, its language.
Out: what it counts: "3 million", "three million" and "3,000,000" are one amount.
Not here: whether a known value changed (values.py, analysis/changes.py).
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

from monitor.text.tokens import Token
from monitor.text.values import MONTHS

_LARGE: Final = 100  # from here on a number word multiplies what stands before it
_THOUSAND: Final = 1_000
_FIGURES: Final = re.compile(r"(\d+(?:\.\d+)?)(?:st|nd|rd|th|er|e|eme)?")
# Folded, "amount word word …". Ordinals count as what they number; articles ("un", "ein") count nothing.
_WORDS: Final = {
    "en": "0 zero|0.5 half halves|1 one first|2 two second twice double|3 three third thrice triple|4 four fourth|"
    "5 five fifth|6 six sixth|7 seven seventh|8 eight eighth|9 nine ninth|10 ten tenth|11 eleven eleventh|"
    "12 twelve twelfth dozen dozens|13 thirteen|14 fourteen|15 fifteen|16 sixteen|17 seventeen|18 eighteen|19 nineteen|"
    "20 twenty|30 thirty|40 forty|50 fifty|60 sixty|70 seventy|80 eighty|90 ninety|100 hundred hundreds|"
    "1000 thousand thousands|1000000 million millions|1000000000 billion billions|1000000000000 trillion trillions",
    "fr": "0 zero|0.5 moitie demi|1 premier premiere|2 deux deuxieme second seconde double|3 trois troisieme triple|"
    "4 quatre quatrieme|5 cinq cinquieme|6 six sixieme|7 sept septieme|8 huit huitieme|9 neuf neuvieme|"
    "10 dix dixieme dizaine dizaines|11 onze|12 douze douzaine|13 treize|14 quatorze|15 quinze|16 seize|"
    "20 vingt vingts|30 trente|40 quarante|50 cinquante|60 soixante|100 cent cents centaine centaines|"
    "1000 mille millier milliers|1000000 million millions|1000000000 milliard milliards",
    "es": "0 cero|0.5 mitad medio|1 primer primero primera|2 dos segundo doble|3 tres tercer tercero tercera triple|"
    "4 cuatro cuarto|5 cinco quinto|6 seis sexto|7 siete|8 ocho|9 nueve|10 diez decenas|11 once|12 doce docena docenas|"
    "13 trece|14 catorce|15 quince|20 veinte|30 treinta|40 cuarenta|50 cincuenta|60 sesenta|70 setenta|80 ochenta|"
    "90 noventa|100 cien ciento cientos centenares|200 doscientos|300 trescientos|500 quinientos|1000 mil miles|"
    "1000000 millon millones",
    "de": "0 null|0.5 halb halbe halfte|1 erste ersten erster|2 zwei zweite zweiten doppelt|3 drei dritte dritten|"
    "4 vier vierte vierten|5 funf funfte funften|6 sechs|7 sieben|8 acht|9 neun|10 zehn|11 elf|"
    "12 zwolf dutzend dutzende|20 zwanzig|30 dreissig|40 vierzig|50 funfzig|60 sechzig|70 siebzig|80 achtzig|"
    "90 neunzig|100 hundert hunderte hunderten|1000 tausend tausende tausenden|1000000 million millionen mio|"
    "1000000000 milliarde milliarden mrd",
    "it": "0.5 meta mezzo|1 primo prima|2 due secondo doppio|3 tre terzo terza|4 quattro|5 cinque|6 sei|7 sette|8 otto|"
    "9 nove|10 dieci decine|11 undici|12 dodici|15 quindici|20 venti|30 trenta|40 quaranta|50 cinquanta|60 sessanta|"
    "100 cento centinaia|1000 mille mila migliaia|1000000 milione milioni|1000000000 miliardo miliardi",
    "pt": "0.5 metade meio|1 primeiro primeira|2 dois duas segundo dobro|3 tres terceiro terceira|4 quatro|5 cinco|"
    "6 seis|7 sete|8 oito|9 nove|10 dez dezenas|11 onze|12 doze|15 quinze|20 vinte|30 trinta|40 quarenta|50 cinquenta|"
    "60 sessenta|100 cem cento centenas|1000 mil milhares|1000000 milhao milhoes|1000000000 bilhao bilhoes",
    "ru": "0.5 половина половины половину|1 один одна одно одного одной первый первая первого первой|"
    "2 два две двух двум второй вторая второго|3 три трех трем третий третья третьего|4 четыре четырех|5 пять пяти|"
    "6 шесть шести|7 семь семи|8 восемь восьми|9 девять девяти|10 десять десяти десятки десятков|11 одиннадцать|"
    "12 двенадцать|15 пятнадцать|20 двадцать двадцати|30 тридцать|40 сорок|50 пятьдесят|60 шестьдесят|"
    "100 сто сотни сотен|200 двести|300 триста|400 четыреста|500 пятьсот|1000 тысяча тысячи тысяч тыс|"
    "1000000 миллион миллиона миллионов млн|1000000000 миллиард миллиарда миллиардов млрд",
}
# Words that count in one language and mean something else in another one: they count in their own only.
_ELSEWHERE: Final = frozenset(
    ("once", "prima", "sei", "due", "tre", "elf", "acht", "cent", "cents", "tres", "mil", "mila", "sete", "dos", "null",
     "meta", "medio", "meio", "demi", "quince", "miles", "venti", "sept", "dix", "doce", "vier", "erste", "mille",
     "one", "ten")
)  # fmt: skip
# In English and German a capital tells them from other words ("may", "march").
_WEEKDAYS: Final = {
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "es": "lunes martes miercoles jueves viernes sabado domingo",
    "it": "lunedi martedi mercoledi giovedi venerdi sabato domenica",
    "pt": "segunda terca quarta quinta sexta sabado domingo",
    "ru": "понедельник вторник вторника среда среду среды четверг четверга пятница пятницу пятницы суббота субботу "
    "воскресенье",
}


def amounts(tokens: Sequence[Token], language: str) -> frozenset[float]:
    """Return what a text counts, in figures and in number words. language: ISO 639-1, of the text.

    Number words that stand side by side, and behind figures, are one amount: "3 million" is neither 3 nor a million.
    """
    found: set[float] = set()
    run: list[float] = []
    for token in tokens:
        figures = _FIGURES.fullmatch(token.text)
        word = None if figures else _words(language).get(token.text)
        if word is None and run:
            found.add(_total(run))
            run = []
        if figures:
            run = [float(figures[1])]
        elif word is not None:
            run.append(word)
    return frozenset({*found, _total(run)} if run else found)


def is_amount(word: str, language: str) -> bool:
    """Whether a folded word is a number, in figures or in words."""
    return _FIGURES.fullmatch(word) is not None or word in _words(language)


def is_calendar(word: str, language: str) -> bool:
    """Whether a folded word names a month or a day of the week, in a language that writes them without a capital."""
    return word in _calendar().get(language, frozenset())


@cache
def _words(language: str) -> Mapping[str, float]:
    """Return the number words of a language, and those of others that mean nothing else."""
    others = {word: amount for each in _WORDS for word, amount in _listed(each).items() if word not in _ELSEWHERE}
    return others | _listed(language)


@cache
def _listed(language: str) -> dict[str, float]:
    found = {}
    for part in _WORDS[language].split("|") if language in _WORDS else ():
        amount, *words = part.split()
        found.update(dict.fromkeys(words, float(amount)))
    return found


@cache
def _calendar() -> Mapping[str, frozenset[str]]:
    return {each: frozenset(f"{MONTHS.get(each, '')} {days}".split()) for each, days in _WEEKDAYS.items()}


def _total(run: Sequence[float]) -> float:
    """Return what number words say together: three hundred and five thousand is (3 * 100 + 5) * 1000."""
    total = part = 0.0
    for amount in run:
        if amount < _LARGE:
            part += amount
        else:
            part = (part or 1.0) * amount
        if amount >= _THOUSAND:
            total, part = total + part, 0.0
    return total + part

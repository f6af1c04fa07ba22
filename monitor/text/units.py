"""Units: what a number measures: euros, percent, days, kilometres.

In:  a text, its tokens, the places of a number, the language.
Out: the unit and the places of the words that name it; how much a shortened scale word multiplies ("27bn").
Not here: the numbers (values.py), people and things that are counted (analysis/changes.py).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from monitor.text.tokens import Token

PERCENT: Final = "%"
MONEY: Final = frozenset(("$", "€", "£", "¥", "₽", "fr", "kr"))
TIME: Final = frozenset(("", "second", "minute", "hour", "day", "week", "month", "year"))  # and what has no unit
# Folded; by unit, then by language ("" is every language).
_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    PERCENT: {
        "en": "percent pct",
        "de": "prozent",
        "fr": "pourcent",
        "ru": "процент процента процентов процентами процентам",
        "ar": "بالمية بالماية",
    },
    "$": {"": "usd dollar dollars", "es": "dolar dolares", "it": "dollaro dollari", "pt": "dolar dolares",
          "ru": "доллар доллара долларов", "ar": "دولار دولارا دولارات"},
    "€": {"": "eur euro euros", "ru": "евро", "ar": "يورو"},
    "£": {"": "gbp sterling", "en": "pound pounds", "de": "pfund", "fr": "livre livres", "es": "libra libras",
          "ru": "фунт фунта фунтов"},
    "¥": {"": "yen yuan jpy cny", "ru": "иен иены юаней юаня", "ar": "ين يوان"},
    "₽": {"": "rub", "en": "rouble roubles ruble rubles", "de": "rubel", "fr": "rouble roubles", "es": "rublo rublos",
          "ru": "рубль рубля рублей", "ar": "روبل"},
    "fr": {"": "chf", "en": "franc francs", "fr": "franc francs", "de": "franken"},
    "kr": {"": "sek nok dkk", "en": "crown crowns krona kronor krone kroner", "de": "kronen", "fr": "couronnes"},
    "second": {"en": "second seconds sec", "fr": "seconde secondes", "es": "segundo segundos",
               "de": "sekunde sekunden", "it": "secondo secondi", "pt": "segundo segundos",
               "ru": "секунда секунды секунд", "ar": "ثانية ثواني ثوان"},
    "minute": {"en": "minute minutes min mins", "fr": "minute minutes", "es": "minuto minutos",
               "de": "minute minuten", "it": "minuto minuti", "pt": "minuto minutos", "ru": "минута минуты минут",
               "ar": "دقيقة دقائق"},
    "hour": {"en": "hour hours", "fr": "heure heures", "es": "hora horas", "de": "stunde stunden uhr",
             "it": "ora ore", "pt": "hora horas", "ru": "час часа часов", "ar": "ساعة ساعات"},
    "day": {"en": "day days", "fr": "jour jours", "es": "dia dias", "de": "tag tage tagen", "it": "giorno giorni",
            "pt": "dia dias", "ru": "день дня дней", "ar": "يوم يوما ايام"},
    "week": {"en": "week weeks", "fr": "semaine semaines", "es": "semana semanas", "de": "woche wochen",
             "it": "settimana settimane", "pt": "semana semanas", "ru": "неделя недели недель",
             "ar": "اسبوع اسبوعا اسابيع"},
    "month": {"en": "month months", "fr": "mois", "es": "mes meses", "de": "monat monate monaten",
              "it": "mese mesi", "pt": "mes meses", "ru": "месяц месяца месяцев", "ar": "شهر شهرا اشهر"},
    "year": {"en": "year years", "fr": "an ans annee annees", "es": "ano anos", "de": "jahr jahre jahren jahrige "
             "jahriger jahrigen", "it": "anno anni", "pt": "ano anos", "ru": "год года лет летний летняя летнего",
             "ar": "سنة سنوات عام عاما اعوام"},
    "m": {"en": "metre metres meter meters", "fr": "metre metres", "es": "metro metros", "de": "meter metern",
          "it": "metro metri", "pt": "metro metros", "ru": "метр метра метров", "ar": "متر مترا امتار"},
    "km": {"": "km", "en": "kilometre kilometres kilometer kilometers", "fr": "kilometre kilometres",
           "es": "kilometro kilometros", "de": "kilometer kilometern", "it": "chilometro chilometri",
           "pt": "quilometro quilometros", "ru": "км километр километра километров",
           "ar": "كم كيلومتر كيلومترا كيلومترات"},
    "mile": {"en": "mile miles mph", "fr": "mile miles", "es": "milla millas", "de": "meile meilen"},
    "foot": {"en": "foot feet ft"},
    "kg": {"": "kg kilo kilos", "en": "kilogram kilograms", "fr": "kilogramme kilogrammes", "es": "kilogramos",
           "de": "kilogramm", "ru": "кг килограмм килограммов"},
    "ton": {"en": "ton tons tonne tonnes", "fr": "tonne tonnes", "es": "tonelada toneladas", "de": "tonne tonnen",
            "it": "tonnellata tonnellate", "pt": "tonelada toneladas", "ru": "тонна тонны тонн",
            "ar": "طن طنا اطنان"},
    "hectare": {"": "ha hectare hectares", "es": "hectarea hectareas", "de": "hektar", "it": "ettari",
                "ru": "гектар гектара гектаров", "ar": "هكتار هكتارا"},
    "acre": {"en": "acre acres"},
    "degree": {"en": "degree degrees", "fr": "degre degres", "es": "grado grados", "de": "grad", "it": "gradi",
               "pt": "graus", "ru": "градус градуса градусов", "ar": "درجة درجات"},
}  # fmt: skip
_PER: Final = frozenset(("per", "pour", "por", "في"))
_HUNDRED: Final = frozenset(("cent", "ciento", "cento", "المية", "الماية"))
_SIGNS: Final = {"$": "$", "€": "€", "£": "£", "¥": "¥", "₽": "₽", "%": PERCENT, "٪": PERCENT, "°": "degree"}
_BEFORE: Final = re.compile(r"([$€£¥₽])\s?\Z")
_BEHIND: Final = re.compile(r"\A\s?([$€£¥₽%٪°])")
_LANGUAGES: Final = sorted({language for each in _WORDS.values() for language in each if language})
_UNIT_OF: Final = {
    language: {
        word: unit
        for unit, listed in _WORDS.items()
        for each in ("", language)
        for word in listed.get(each, "").split()
    }
    for language in ("", *_LANGUAGES)
}
_BESIDE: Final = re.compile(r"[\s\u00a0.-]{0,2}")  # between a number and its unit
_CODES: Final = frozenset(("usd", "eur", "gbp", "jpy", "cny", "rub", "chf", "sek", "nok", "dkk"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What a number measures."""

    name: str  # "€", "%", "km"; "" where it counts things
    places: tuple[int, ...] = ()  # of the tokens that say so


NONE: Final = Unit(name="")


def unit_of(text: str, tokens: Sequence[Token], at: int, last: int, language: str) -> Unit:
    """Return what a number measures: by a sign or a word right behind it, or before it ("$5", "EUR 5")."""
    units = _UNIT_OF.get(language, _UNIT_OF[""])
    behind = tokens[last + 1].text if _is_beside(text, tokens, last) else ""
    if behind in units:
        return Unit(name=units[behind], places=(last + 1,))
    if behind in _PER and len(tokens) > last + 2 and tokens[last + 2].text in _HUNDRED:
        return Unit(name=PERCENT, places=(last + 1, last + 2))
    sign = _BEHIND.search(text[tokens[last].end : tokens[last].end + 2]) or money_before(text, tokens[at])
    if sign:
        return Unit(name=_SIGNS[sign[1]])
    before = tokens[at - 1].text if at else ""
    return Unit(name=units[before], places=(at - 1,)) if before in _CODES else NONE


def money_before(text: str, token: Token) -> re.Match[str] | None:
    """Return the sign of a currency that stands before a token."""
    return _BEFORE.search(text[max(0, token.start - 2) : token.start])


def _is_beside(text: str, tokens: Sequence[Token], last: int) -> bool:
    return len(tokens) > last + 1 and bool(_BESIDE.fullmatch(text[tokens[last].end : tokens[last + 1].start]))

"""Speech: the words by which a report says who said something, and those that tell of times past.

In:  the folded words of a sentence.
Out: whether somebody speaks in it, where; whether it looks back.
Not here: what that is worth (analysis/salience.py).
"""

import re
from collections.abc import Sequence
from typing import Final

from monitor.text.fold import plain

# Words that as often tell of a deed ("denied them visas", "called a strike") are left out.
_REPORTING: Final = {
    "en": "said says say told tells announced warned accused confirmed added urged demanded reported claimed "
    "stated insisted argued acknowledged tweeted regrets welcomed condemned",
    "fr": "dit declare annonce affirme averti accuse confirme ajoute precise estime indique explique dementi rapporte",
    "es": "dijo anuncio advirtio denuncio confirmo afirmo declaro aseguro senalo explico informo",
    "de": "sagte sagten erklarte warnte bestatigte teilte betonte forderte berichtete",
    "it": "detto dichiarato annunciato affermato confermato aggiunto",
    "pt": "disse afirmou anunciou declarou confirmou",
    "ru": "сказал сказала заявил заявила заявили сообщил сообщила сообщили подтвердил отметил добавил",
    "ar": "قال قالت اعلن اعلنت اكد اكدت صرح اضاف اضافت ذكر ذكرت",
}
# Folded, word by word; a "*" stands for any one word.
_PAST: Final = {
    "en": "last year, earlier this year, in recent months, in recent years, in recent weeks, years ago, months ago, "
    "a decade ago, decades ago, since then, for years, for decades, for months, at the time, in the past",
    "fr": "l annee derniere, l an dernier, debut de l annee, ces derniers mois, ces dernieres annees, il y a * ans, "
    "il y a * mois, depuis des annees, a l epoque, par le passe",
    "es": "el ano pasado, a principios de ano, en los ultimos meses, en los ultimos anos, hace * anos, hace * meses, "
    "desde hace anos, en el pasado",
    "de": "im vergangenen jahr, letztes jahr, in den vergangenen monaten, in den letzten monaten, "
    "in den letzten jahren, vor * jahren, vor * monaten, seit jahren, seit langem, damals",
    "it": "l anno scorso, negli ultimi mesi, negli ultimi anni, * anni fa, * mesi fa, da anni, in passato",
    "pt": "no ano passado, nos ultimos meses, nos ultimos anos, ha * anos, ha * meses, no passado",
    "ru": "в прошлом году, в последние месяцы, в последние годы, * лет назад, * года назад, * месяцев назад, в прошлом",
    "ar": "العام الماضي, في الاشهر الاخيرة, في السنوات الاخيرة, قبل * سنوات, قبل * اشهر, منذ سنوات",
}
_VERBS: Final = {language: frozenset(words.split()) for language, words in _REPORTING.items()}


def _phrases(listed: str) -> re.Pattern[str]:
    phrases = (r"\w+".join(map(re.escape, plain(phrase).strip().split("*"))) for phrase in listed.split(","))
    return re.compile(rf"\b(?:{'|'.join(phrases)})\b")


_LOOKING_BACK: Final = {language: _phrases(listed) for language, listed in _PAST.items()}


def speaking(words: Sequence[str], language: str) -> tuple[int, ...]:
    """Return the places of the words that say that somebody said something."""
    verbs = _VERBS.get(language, frozenset())
    return tuple(at for at, word in enumerate(words) if word in verbs)


def looks_back(words: Sequence[str], language: str) -> bool:
    """Whether a sentence tells of times past: "last year", "in recent months"."""
    past = _LOOKING_BACK.get(language)
    return past is not None and past.search(" ".join(words)) is not None

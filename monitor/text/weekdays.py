"""Weekdays: which date "Friday" is in a report of a known day.

In:  a folded word, the day of the report.
Out: the date it names.
Not here: dates with a month (values.py), when a page was published (sources/metadata.py).
"""

from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from typing import Final

_WEEKDAYS: Final = {
    "en": "monday tuesday wednesday thursday friday saturday sunday",
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "es": "lunes martes miercoles jueves viernes sabado domingo",
    "de": "montag dienstag mittwoch donnerstag freitag samstag/sonnabend sonntag",
    "it": "lunedi martedi mercoledi giovedi venerdi sabato domenica",
    "ru": "понедельник/понедельника вторник/вторника среда/среду/среды четверг/четверга пятница/пятницу/пятницы "
    "суббота/субботу/субботы воскресенье/воскресенья",
    "ar": "الاثنين الثلاثاء الاربعاء الخميس الجمعة السبت الاحد",
}
_DAY_OF: Final = {
    language: {word: day for day, words in enumerate(listed.split()) for word in words.split("/")}
    for language, listed in _WEEKDAYS.items()
}
WEEK: Final = 7


def is_weekday(word: str, language: str) -> bool:
    """Whether a folded word names a day of the week."""
    return word in _DAY_OF.get(language, ())


def weekdays(language: str) -> AbstractSet[str]:
    """Return the folded words of a language (ISO 639-1) that name a day of the week."""
    return _DAY_OF.get(language, {}).keys()


def named_day(word: str, language: str, on: date) -> date | None:
    """Return the date that a weekday names in a report of a day: the last such day, that day included.

    "Friday" in a report of Friday 2023-06-16 is that day, "Saturday" the tenth. None of a word that is no weekday.
    """
    day = _DAY_OF.get(language, {}).get(word)
    return None if day is None else on - timedelta(days=(on.weekday() - day) % WEEK)

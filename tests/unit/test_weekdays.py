"""Weekdays: which date "Friday" is."""

from datetime import date

import pytest

from monitor.text.weekdays import is_weekday, named_day

FRIDAY = date(2023, 6, 16)


@pytest.mark.parametrize(
    ("word", "language", "day"),
    [
        ("friday", "en", 16),
        ("thursday", "en", 15),
        ("saturday", "en", 10),
        ("vendredi", "fr", 16),
        ("sonnabend", "de", 10),
        ("пятницу", "ru", 16),
        ("الجمعة", "ar", 16),
    ],
)
def test_a_weekday_is_the_last_such_day_that_of_the_report_included(word: str, language: str, day: int) -> None:
    assert named_day(word, language, FRIDAY) == date(2023, 6, day)


def test_a_week_may_begin_in_another_month() -> None:
    assert named_day("friday", "en", date(2023, 6, 1)) == date(2023, 5, 26)


def test_other_words_and_languages_name_no_day() -> None:
    assert named_day("harbour", "en", FRIDAY) is None
    assert named_day("friday", "xx", FRIDAY) is None
    assert [is_weekday("friday", "en"), is_weekday("friday", "fr"), is_weekday("friday", "xx")] == [True, False, False]

"""Closeness: how near an article is to a baseline as a whole."""

from datetime import UTC, datetime

import pytest
from article_samples import HARBOUR, article

from monitor.analysis.closeness import closeness, middle_of
from monitor.model.watch import KnownText

LAVA = "Volcanologists measured glowing lava beneath the island of Hekkar and asked villagers to leave."
DAY = datetime(2024, 5, 1, tzinfo=UTC)


def known(title: str, text: str, language: str = "en") -> KnownText:
    return KnownText(source=title, title=title, text=text, language=language, date=DAY, outlet="")


BASELINE = middle_of([known("Dockers strike in Tarvik harbour", HARBOUR), known("Lava rises beneath Hekkar", LAVA)])


def near(text: str, title: str = "") -> float:
    found = closeness(article(text, title=title), BASELINE)
    assert found is not None
    return found


def test_an_article_on_a_baselines_subject_is_nearer_than_one_on_another() -> None:
    dockers = near("Dockers of Tarvik harbour voted on Thursday to go on with their strike.")
    opera = near("The opera house opened its season with a new staging of an old work.")
    assert 1.0 >= dockers > 0.2 > opera >= 0.0


def test_a_long_text_of_a_baseline_counts_no_more_than_a_short_one() -> None:
    long = middle_of([known("Strike", HARBOUR), known("Lava", f"{LAVA} Ash fell on roofs, barns, sheds and boats.")])
    assert sum(long["en"].values()) == pytest.approx(2.0)


def test_a_baseline_tells_nothing_of_another_language_and_an_empty_one_nothing_at_all() -> None:
    french = article("Les dockers de Tarvik ont voté jeudi.", language="fr")
    assert closeness(french, BASELINE) is None
    assert closeness(french, {}) is None
    assert closeness(french, middle_of([known("", "", "fr")])) is None

"""Speech: who says something, and what looks back."""

import pytest

from monitor.text.speech import looks_back, speaking
from monitor.text.tokens import words


def test_words_of_speaking_are_found_by_their_places() -> None:
    assert speaking(words("The mayor said that the dockers told him."), "en") == (2, 6)
    assert speaking(words("Le maire a déclaré la grève finie."), "fr") == (3,)
    assert speaking(words("The mayor said it."), "xx") == ()


def test_words_that_may_tell_of_a_deed_are_no_speech() -> None:
    assert speaking(words("The mayor denied them entry and called a meeting."), "en") == ()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Earlier this year the dockers struck.", "en"),
        ("In recent months ferries were late.", "en"),
        ("L'année dernière, le port fermait.", "fr"),
        ("Il y a dix ans, le port fermait.", "fr"),
        ("Vor zehn Jahren schloss der Hafen.", "de"),
        ("أغلق الميناء في الأشهر الأخيرة", "ar"),
        ("Два года назад порт закрылся.", "ru"),
    ],
)
def test_a_sentence_that_looks_back_says_so(text: str, language: str) -> None:
    assert looks_back(words(text), language)


def test_other_sentences_and_languages_do_not_look_back() -> None:
    assert not looks_back(words("This year the dockers struck for months."), "fr")
    assert not looks_back(words("The blast year after year."), "en")
    assert not looks_back(words("Last year the dockers struck."), "xx")

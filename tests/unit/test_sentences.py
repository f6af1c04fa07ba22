"""Sentences: cut where a reader pauses, and nowhere else."""

import pytest

from monitor.text.sentences import is_heading, split


@pytest.mark.parametrize(
    ("language", "text", "count"),
    [
        ("en", "The U.N. mission in Mali said it was ready.", 1),
        ("en", "Miller said the U.S. worries about the region.", 1),
        ("en", "He is in the U.S. The army left.", 2),
        ("en", "He left at 5 p.m. The men stayed.", 2),
        ("en", "They left at 5 p.m. Monday.", 1),
        ("en", "He lives there, he said. “We are staying.”", 2),
        ("en", "“We go. We stay. We sleep,” he said. Then more.", 2),
        ("en", 'He said "we go. We stay" on Friday. It ended.', 2),
        ("en", "Col. Goita and Gen. Smith met J. R. Jones. Fine.", 2),
        ("en", "They met on Jan. 5. No. 3 was missing.", 2),
        ("en", "He works for Example Inc. Shares fell.", 1),
        ("en", "He works for Example Inc. The shares fell.", 2),
        ("fr", "M. Diop a parlé à l'O.N.U. mardi. Il part.", 2),
        ("de", "Es waren z.B. Soldaten. Der Gen. Müller kam.", 2),
        ("de", "„Ich gehe. Du bleibst.“ Dann ging er.", 2),
        ("es", "El Sr. López y la Dra. Ruiz viajan a EE.UU. mañana. Vuelven pronto.", 2),
        ("ru", "Он приехал в 2012 г. в Бамако. Потом уехал.", 2),
        ("xx", "One here. Two there.", 2),
        ("zh", "你好。我好。", 2),
    ],
)
def test_sentences_end_where_they_should(language: str, text: str, count: int) -> None:
    assert len(split(text, language)) == count


def test_paragraphs_always_end_a_sentence_and_white_space_is_trimmed() -> None:
    assert split("  A headline \n\n\t\nA body. \r\nMore", "en") == ("A headline", "A body.", "More")


def test_a_quotation_that_is_never_closed_swallows_nothing() -> None:
    found = split("She wrote “one thing. It went on. And on here. And on there. And on again.", "en")
    assert len(found) == 5


def test_text_that_is_no_unicode_is_kept_as_it_came() -> None:
    assert "".join(split("a\ud800b is here. Then more.", "en")) == "a\ud800b is here.Then more."
    assert split(" \n ", "en") == ()


def test_a_heading_is_a_few_words_without_a_full_stop() -> None:
    assert is_heading("How the dockers left the harbour")
    assert not is_heading("The dockers left.")
    assert not is_heading("“The dockers left”")
    assert not is_heading(" ".join(["word"] * 15))

"""Laws of sentences: nothing is lost, nothing is said twice."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.text.noise import mask
from monitor.text.sentences import split

LANGUAGE = st.sampled_from(["en", "fr", "de", "es", "ru", "ar", "zh", "und"])
PROSE = st.lists(
    st.sampled_from(
        ["He", "left", ".", " ", ". ", "U.N.", "Gen.", "“", "”", '"', "«", "»", "„", "\n", "?", "! ", "5", "S", "说。"]
    )
).map("".join)


@given(PROSE | st.text(), LANGUAGE)
def test_every_visible_character_stands_in_exactly_one_sentence(text: str, language: str) -> None:
    assert "".join("".join(split(text, language)).split()) == "".join(text.split())


@given(PROSE | st.text(), LANGUAGE)
def test_sentences_are_trimmed_and_never_empty(text: str, language: str) -> None:
    assert all(sentence and sentence == sentence.strip() for sentence in split(text, language))


@given(st.lists(PROSE | st.text()), st.text())
def test_every_sentence_is_masked_or_not(sentences: list[str], headline: str) -> None:
    assert len(mask(sentences, headline=headline)) == len(sentences)

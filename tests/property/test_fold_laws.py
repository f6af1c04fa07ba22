"""Laws of folding: every place leads back, and folded text stays as it is."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.text.fold import fold, plain
from monitor.text.tokens import tokens, words

TEXT = st.text() | st.text(alphabet="Malißﬁİé\u0301\u00ad\u200bМаиαлй\u0306'’ -.\n12,`\tΣςυꭺᎪꓮաᴍ🅼🇲\u0336\u20dd\u0338≠…")


@given(TEXT)
def test_every_folded_character_leads_to_a_place_that_covers_it(text: str) -> None:
    folded = fold(text)
    last = 0
    for at in range(len(folded.text)):
        start, end = folded.span(at, at + 1)
        assert last <= start < end <= len(text)
        last = start


@given(TEXT)
def test_every_token_has_a_place_in_the_original(text: str) -> None:
    for token in tokens(text):
        assert 0 <= token.start < token.end <= len(text)
        assert token.text


@given(st.text(alphabet="aBé12 .,'’_-UNsßя"))
def test_a_strange_letter_far_away_changes_no_token(text: str) -> None:
    """Texts without any letter of unspaced scripts take a quicker way to the same tokens."""
    assert tokens(f"{text} 中")[:-1] == tokens(text)
    assert words(f"{text} 中")[:-1] == words(text)


@given(TEXT)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert plain(plain(text)) == plain(text)


@given(st.text(alphabet="Mali é\u0301ß \n"))
def test_a_longer_span_never_covers_less(text: str) -> None:
    folded = fold(text)
    size = len(folded.text)
    for start in range(size):
        for end in range(start + 1, size):
            assert folded.span(start, end)[1] <= folded.span(start, end + 1)[1]


@given(TEXT)
def test_a_text_folds_as_its_parts_do_where_words_end(text: str) -> None:
    assert plain(f"{text} | {text}") == f"{plain(text)} | {plain(text)}"


@given(TEXT)
def test_words_are_the_words_of_the_tokens(text: str) -> None:
    assert words(text) == tuple(token.text for token in tokens(text))

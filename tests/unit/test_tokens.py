"""Tokens: words and numbers with their places."""

import pytest

from monitor.text.tokens import has_words, is_spaced, is_unspaced, is_word, respelled, stem, stems, tokens, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mali's men, peacekeepers' base", "mali men peacekeepers base"),
        ("Mali’s", "mali"),
        ("don't we'll", "dont well"),
        ("l’armée d'Istanbul'dan O'Brien", "l armee d istanbul dan o brien"),
        ("The U.N. in the U.S.", "the un in the us"),
        ("M.I.N.U.S.M.A. and M.I.N.U.S.M.A, e.g. J.F.K", "minusma and minusma eg jfk"),
        ("It ended.Mali won. A.", "it ended mali won a"),
        ("15,000 and 15.000 and 15'000 and 15 000", "15000 and 15000 and 15000 and 15000"),
        ("1,234,567.5 of 1.234,5", "1234567.5 of 1234.5"),
        ("3.5 or 3,5 of 1,2,3", "3.5 or 3.5 of 1 2 3"),
        ("12.05.2023 at 10:30", "12 05 2023 at 10 30"),
        ("the 13,000-strong #Mali_news", "the 13000 strong mali news"),
        ("马里政府 ガ", "马 里 政 府 カ\u3099"),
        ("दिल्ली में", "दिल्ली में"),
        ("— ! …", ""),
    ],
)
def test_words_are_what_a_reader_would_count(text: str, expected: str) -> None:
    assert list(words(text)) == expected.split()
    assert [token.text for token in tokens(text)] == expected.split()


def test_a_token_knows_where_it_stands_in_the_original() -> None:
    text = "Le Ma\u00adli’s Straße, U.N. 15,000"
    assert [text[token.start : token.end] for token in tokens(text)] == ["Le", "Ma\u00adli", "Straße", "U.N.", "15,000"]


def test_flag_letters_and_words_that_only_look_latin_are_respelled_among_latin_ones() -> None:
    text = "leaving 🇲🇦🇱🇮, маӏі and αβεζ are 🇲🇱 or somali"
    assert [token.text for token in respelled(text)] == ["mali", "mali", "abez"]
    assert respelled("в сосе сохо и хор, сова") == ()
    assert respelled("15,000 men", with_numbers=False) == ()


def test_a_word_ends_where_it_seems_to_in_scripts_with_spaces_and_without_particles() -> None:
    assert [is_spaced(word) for word in ("mali", "вагнер*", "马里", "말리", "مالي")] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_respelled_words_are_found_without_cutting_the_text_into_tokens() -> None:
    text = "the u.n. men, 15,000 of mi-\n nusma, m.i.n.u.s.m.a - no"
    found = {token.text: text[token.start : token.end] for token in respelled(text)}
    assert found == {
        "un": "u.n.",
        "minusma": "m.i.n.u.s.m.a",
        "15000": "15,000",
    } | {"minusma": "mi-\n nusma"}
    assert [token.text for token in respelled("ab-\ncd")] == ["abcd"]
    assert respelled("nothing odd here - at all") == ()


def test_stems_follow_the_language_and_are_left_alone_without_one() -> None:
    assert stems("Peacekeepers leaving", "en") == ("peacekeep", "leav")
    assert stem("малийский", "ru") == "малийск"
    assert stem("leaving", "und") == "leaving"


def test_letters_digits_and_vowel_signs_belong_to_words() -> None:
    assert [is_word(letter) for letter in "aя5ा _-"] == [True, True, True, True, False, False, False]
    assert [is_unspaced(letter) for letter in "马アa말"] == [True, True, False, False]


@pytest.mark.parametrize("text", ["", " ", "* * *", "…", "—_!", "\u200b", "Mali", "7", "— a —", "马"])
def test_a_text_has_words_where_any_are_found(text: str) -> None:
    assert has_words(text) is bool(words(text)) is bool(tokens(text))

"""Folding: one spelling for all writings of the same letters, and the way back."""

import pytest

from monitor.text.fold import capitals, fold, plain


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("MALI: Mission Ends", "mali: mission ends"),
        ("a\tb`s", "a b's"),
        ("Le Mâli", "le mali"),
        ("Le Ma\u0302li", "le mali"),
        ("Ma\u00adli, M\u200dali, \u2060Mali\u2060, Ma\U000e0061li, M\u200eali", "mali, mali, mali, mali, mali"),
        ("Ｍａｌｉ", "mali"),
        ("\U0001d40c\U0001d41a\U0001d425\U0001d422", "mali"),
        ("Straße ﬁrst Œuvre Łódź Ørsted", "strasse first oeuvre lodz orsted"),
        ("İstanbul mınusma", "istanbul minusma"),
        ("Mali’s “word” – «тут»", 'mali\'s "word" - "тут"'),
        ("Малийский Малии\u0306 ёлка", "малийский малий елка"),
        ("مَالِي مـالي مالی", "مالي مالي مالي"),
        ("दिल्ली", "दिल्ली"),
        ("말리 ガ", "말리 カ\u3099"),
        ("١٥ ５ 5 µm", "15 5 5 um"),
        ("a\ud800b\x00c\u2028d\re\u0085f", "a\ufffdbc\nd\ne\nf"),
        ("x\ufe0fy\u034fz\U000e0101", "xyz"),
        ("ᴍɪɴᴜsᴍᴀ ⓂⒶⓁⒾ 🅼🄰🅛🄸 ⅯALⅠ ℳali ᴹᴬᴸᴵ", "minusma mali mali mali mali mali"),
        ("Ɱɑłi Ƙano ȷɡ ɨƚ", "mali kano jg il"),
        ("M̶a̷l̸i M⃝A⃝", "mali ma"),
        ("Mali🇲🇱 \u2800x", "mali🇲🇱  x"),
        ("Straße № 5…", "strasse no 5..."),
    ],
)
def test_writings_of_the_same_letters_fold_to_one(text: str, folded: str) -> None:
    assert plain(text) == folded


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Маli", "mali"),  # two Cyrillic letters, two Latin ones: Latin wins a tie
        ("МINUSМА", "minusma"),
        ("minυsmα Νiger νote", "minusma niger vote"),  # a small Greek letter may look like another than its capital
        ("ꮇꭺꮮi Ꮇali ꓟALI MINՍSMA", "mali mali mali minusma"),  # Cherokee, Lisu, Armenian
        ("Μаӏі", "mali"),  # Greek and Cyrillic, without any Latin letter
        ("Маӏі", "маӏі"),  # one script alone stays
        ("\u039cINUSMA", "minusma"),
        ("Вагнеp", "вагнер"),  # a Latin p at the end of a Russian word
        ("αγοpα", "αγορα"),
        ("Мали и Mali", "мали и mali"),  # two words, each in its own script
        ("Wagnerовцы", "wagnerовцы"),  # neither script has all letters
        ("μm Маli2", "μm mali2"),  # a unit stays, a digit belongs to any script
    ],
)
def test_look_alike_letters_are_mapped_only_inside_a_mixed_word(text: str, folded: str) -> None:
    assert plain(text) == folded


def test_a_span_leads_back_to_the_original_with_its_accents() -> None:
    text = "İ Straße: Ma\u0302li\u0301 ok"
    folded = fold(text)
    start = folded.text.index("mali")
    first, last = folded.span(start, start + 4)
    assert text[first:last] == "Ma\u0302li\u0301"


def test_either_half_of_a_letter_that_folds_to_two_leads_back_to_the_whole() -> None:
    folded = fold("aßb")
    assert [folded.span(at, at + 1) for at in range(4)] == [(0, 1), (1, 2), (1, 2), (2, 3)]


def test_many_kinds_of_characters_fold_like_a_few() -> None:
    """Texts with more kinds of accents than a language has take another path."""
    accents = "".join(map(chr, range(0xC0, 0x17F)))
    assert plain(accents) == "".join(map(plain, accents))


def test_accents_on_a_letter_that_folds_to_two_belong_to_it() -> None:
    folded = fold("aß\u0301b\u0301")
    assert folded.text == "assb"
    assert [folded.span(at, at + 1) for at in range(4)] == [(0, 1), (1, 3), (1, 3), (3, 5)]


def test_capitals_are_those_of_letters_that_have_them() -> None:
    assert [capitals(text) for text in ("Mali Empire", "MA\u00adLI", "\U0001d40cali", "Ö9-马مx*")] == [
        "AaaaAaaaaa",
        "AAAA",
        "Aaaa",
        "Aa",
    ]


def test_plain_ascii_needs_no_map() -> None:
    folded = fold("Plain Text")
    assert (folded.pieces, folded.span(2, 5)) == ((), (2, 5))


def test_a_lone_accent_and_nothing_fold_to_nothing() -> None:
    assert [plain("\u0301"), plain(""), plain("\u200b")] == ["", "", ""]

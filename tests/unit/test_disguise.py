"""Disguise: a spelling that hides a name is told from one that is only unusual."""

import pytest

from monitor.text.disguise import is_disguised


@pytest.mark.parametrize(
    "original",
    [
        "Маli",  # two Cyrillic letters
        "Маӏі",  # all of them
        "M\u0391LI",
        "Ꮇali",
        "ꓟꓮꓡꓲ",
        "Ma\u00adli",
        "M\u200bali",
        "M\u2060ali",
        "M\ufe0fali",
        "M\U000e0061ali",
        "\U0001d40cali",
        "Ｍａｌｉ",
        "ⓂⒶⓁⒾ",
        "🅼🅰🅻🅸",
        "🇲🇦🇱🇮",
        "ⅯALⅠ",
        "ᴍᴀʟɪ",
        "ᴹᴬᴸᴵ",
        "ɱali",
        "Malı",
        "M̶ali",
        "M⃝ali",
        "Ma\u0300\u0301\u0302li",
        "Ma-\nli",
    ],
)
def test_hidden_look_alike_and_splitting_characters_are_a_disguise(original: str) -> None:
    assert is_disguised(original, "mali", "en")


@pytest.mark.parametrize(
    ("original", "found", "language"),
    [
        ("Mali", "mali", "en"),
        ("MALI", "mali", "en"),
        ("Mâli", "mali", "fr"),
        ("Ma\u0302li", "mali", "fr"),
        ("Vie\u0302\u0323t", "viet", "vi"),
        ("MALİ", "mali", "tr"),
        ("malı", "mali", "tr"),
        ("Ｍａｌｉ", "mali", "ja"),
        ("M.A.L.I.", "mali", "en"),
        ("ﬁrst", "first", "en"),
        ("Łódź", "lodz", "en"),
        ("Straße", "strasse", "de"),
        ("Ɓauchi", "bauchi", "ha"),
        ("Mali’s war", "mali's war", "en"),
        ("Mali — today", "mali - today", "en"),
        ("Rendi-Wagner", "rendi-wagner", "de"),
        ("Вагнера", "вагнера", "ru"),
        ("Wagnerовцы", "wagnerовцы", "ru"),
        ("می\u200cخواهد", "ميخواهد", "fa"),
        ("مـالي", "مالي", "ar"),
        ("马里", "马里", "zh"),
        ("15 000", "15000", "fr"),
    ],
)
def test_what_a_language_writes_anyway_is_none(original: str, found: str, language: str) -> None:
    assert not is_disguised(original, found, language)

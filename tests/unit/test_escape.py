"""Text from outside can be shown anywhere without doing anything."""

import json
from pathlib import Path

import pytest

from monitor.alerting.escape import LINK_MAX, MARKS_MAX, clean, html, safe_link, site


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("  one\r\n\ttwo\u2028three\u00a0four  ", "one two three four"),
        ("\x1b[2J\x1b[31mMINUSMA\x1b]0;title\x07", "MINUSMA"),
        ("\x1b]8;;http://evil.test\x1b\\MINUSMA\x1b]8;;\x1b\\", "MINUSMA"),
        ("a\x9b31mb\x00c\x7f", "abc"),
        ("MINUSMA \u202egnp.exe\u202c left", "MINUSMA gnp.exe left"),
        ("a\u200bb\u2060c\ufeffd\u00ade\U000e0041f\U000e0100g\u034fh", "abcdefgh"),
        ("lone \ud800 surrogate, private \ue000 use", "lone surrogate, private use"),
        ("blank\u3164letters\u2800here", "blank letters here"),
        ("@everyone and @here, @admin: hi", "＠everyone and ＠here, ＠admin: hi"),
        ("mail a@b.org stays, a@everyone does not", "mail a@b.org stays, a＠everyone does not"),
        ("<!channel> <@U123> <@&r> <#C1>", "＜!channel> <＠U123> ＜@&r> ＜#C1>"),
        ("[MINUSMA](javascript:alert(1))", "[MINUSMA] (javascript：alert(1))"),
        ("data:text/html,x and the data: five", "data：text/html,x and the data: five"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("a\u200cb\u200d", "ab"),
        ("👩\u200d\u200d👧", "👩\u200d👧"),
        ("plain text stays", "plain text stays"),
        ("Мали — «миссия» ёлка", "Мали — «миссия» ёлка"),
    ],
)
def test_text_is_cleaned(hostile: str, shown: str) -> None:
    assert clean(hostile) == shown


def test_a_pile_of_marks_is_cut_and_ordinary_marks_stay() -> None:
    assert clean("M" + "\u0301" * 200) == "M" + "\u0301" * MARKS_MAX
    assert clean("שָׁלוֹם") == "שָׁלוֹם"
    assert clean("ब" + "\u093c\u200d" * 20) == "ब" + "\u093c\u200d" * (MARKS_MAX - 1) + "\u093c"


def test_html_is_escaped_for_elements_and_attributes() -> None:
    assert html("<img src=x onerror='a'> & \"q\"") == "&lt;img src=x onerror=&#x27;a&#x27;&gt; &amp; &quot;q&quot;"


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "ftp://a.org/", "//a.org", "http://", "https://user@evil.org/", "http://a.org/b c", "",
     "http://a.org/\"onload", "http://a.org/\u202e", "http://[::1", "https://a.org/" + "x" * LINK_MAX, "http://:80/",
     "https://a.org\\@b.org/", "http://a.org/\n"],
)  # fmt: skip
def test_only_plain_web_links_are_links(url: str) -> None:
    assert safe_link(url) is None


@pytest.mark.parametrize("url", ["https://a.org", "HTTP://a.org/b?c=d&e#f", "https://пример.рф/ж", "http://[::1]:80/"])
def test_a_plain_web_link_stays_as_it_is(url: str) -> None:
    assert safe_link(url) == url


def test_a_mention_in_a_link_is_written_in_hex() -> None:
    assert safe_link("https://a.org/@everyone/@desk") == "https://a.org/%40everyone/@desk"


def test_the_hostile_texts_come_out_harmless(shared: Path) -> None:
    for case in sorted((shared / "hostile" / "text").glob("render-*.json")):
        for text in json.loads(case.read_text(encoding="utf-8")).values():
            shown = clean(text)
            assert shown.isprintable() or "\u200d" in shown, case.name
            assert "@everyone" not in shown, case.name
            assert "@room" not in shown, case.name
            assert "javascript:" not in shown, case.name
            assert "](" not in shown, case.name
            assert "<" not in html(text), case.name


def test_what_stands_over_a_link_is_its_host_in_plain_letters() -> None:
    assert site("https://Example.org:8443/a") == "example.org"
    assert site("https://пример.рф/") == "xn--e1afmkfd.xn--p1ai"
    assert site("https://аpple.com/") == "xn--pple-43d.com"
    assert site(f"https://{'é' * 2}{'a' * 80}.org/") == f"\\xe9\\xe9{'a' * 80}.org"  # no name that could be asked for
    assert site("https:///nowhere") == ""

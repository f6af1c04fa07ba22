"""Matching: whole words, in any writing, at their places in the original."""

import pytest

from monitor.analysis.match import Matcher, MatchText
from monitor.analysis.query import from_words, parse
from monitor.model.watch import Term

TERMS = {
    "mali": Term(
        name="mali", any=("Mali", "Malian*", "مالي", "الأمم", "马里", "말리", "Mali Republic"), never=("Mali Empire",)
    ),
    "un": Term(name="un", any=("U.N.", "UN")),
}


def found(query: str, text: str, **more: str | int) -> list[str] | None:
    """What the query finds in the text; None where it is not met."""
    matcher = Matcher({"watch": parse(query, terms=TERMS)})
    met = matcher.match(MatchText(text=text, **more))  # type: ignore[arg-type]
    mentions = met.get("watch")
    assert all(text[slice(*one.span)] == one.text for one in mentions or ())
    return None if mentions is None else [one.text for one in mentions]


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("Mali", "MALI: #Mali, @mali, Mali-based (Mali’s)", ["MALI", "Mali", "mali", "Mali", "Mali"]),
        ("Mali", "Mâli «Mali» x.Mali mali_news", ["Mâli", "Mali", "Mali", "mali"]),
        ("Mali", "Somalia, Malibu, normalise, Malian, Mali2", None),
        ("Mali", "Ma\u00adli and So\u200bmali", ["Ma\u00adli"]),
        ("Mali", "Maliの部隊、索Mali", ["Mali", "Mali"]),
        ("MINUSMA", "M.I.N.U.S.M.A. said", ["M.I.N.U.S.M.A."]),
        ("MINUSMA", "МINUSMA, MI-\nNUSMA", ["МINUSMA", "MI-\nNUSMA"]),
        ("15000", "more than 15,000 men", ["15,000"]),
        ("UN", "The U.N. and the UN, under", ["U.N.", "UN"]),
        ("Malian*", "Malians, the Malian army; Mali", ["Malians", "Malian"]),
        ("wom?n", "woman women womn womaan", ["woman", "women"]),
        ("ma*li", "Mali marali malin", ["Mali", "marali"]),
        ('"crisis of confidence"', "A “crisis  of\nconfidence”. A confidence crisis of.", ["crisis  of\nconfidence"]),
        ('"crisis of confidence"', "A crisis of some confidence", None),
        ('"peace* mission"', "The peacekeeping mission", ["peacekeeping mission"]),
        ('"mali wagner"~2', "Wagner is in Mali. one two three four five Mali", ["Wagner", "Mali"]),
        ('"mali wagner"~2', "Wagner one two three Mali", None),
        ("Mali AND Wagner", "Wagner in Mali", ["Wagner", "Mali"]),
        ("Mali AND Wagner", "Mali alone", None),
        ("Mali OR Wagner", "Wagner alone", ["Wagner"]),
        ("Mali OR Wagner", "neither", None),
        ("Mali AND NOT football", "Mali played football", None),
        ("Mali AND NOT football", "Mali voted", ["Mali"]),
        ("NOT football", "anything", []),
        ("*:*", "anything", []),
        ("*:*", "", []),
        ('Mali OR "Mali Republic"', "the Mali Republic", ["Mali Republic"]),
        ("wag* OR wagner", "Wagner", ["Wagner"]),
    ],
)
def test_a_query_finds_what_a_careful_reader_would(query: str, text: str, expected: list[str] | None) -> None:
    assert found(query, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("حكومة مالي لمالي وبمالي كمالي فلمالي", ["مالي"] * 5),
        ("رأس المال شمالي", None),
        ("الأمم للأمم والأمم", ["الأمم", "للأمم", "الأمم"]),
        ("马里军队", ["马里"]),
        ("말리에서 소말리아", ["말리"]),
        ("Mali Empire, Mali today", ["Mali"]),
        ("The Mali  Empire’s gold", None),
        ("Malian in the Mali Republic", ["Malian", "Mali Republic"]),
    ],
)
def test_a_term_knows_its_spellings_in_every_script(text: str, expected: list[str] | None) -> None:
    assert found("term:mali", text) == expected


def test_arabic_words_inside_phrases_may_carry_clitics() -> None:
    assert found('"الأمم المتحدة"', "قالت للأمم المتحدة") == ["للأمم المتحدة"]
    assert found('"من مالي"', "خرج من مالي") == ["من مالي"]


def test_title_and_text_are_asked_apart() -> None:
    text = "Mali votes\n\nWagner stays in Mali"
    assert found("title:Mali", text, title_end=10) == ["Mali"]
    assert found("title:Wagner", text, title_end=10) is None
    assert found("text:(Mali AND Wagner)", text, title_end=10) == ["Wagner", "Mali"]
    assert found('title:"mali votes"', text, title_end=10) == ["Mali votes"]
    assert found("title:NOT Wagner", text, title_end=10) == []
    assert found("title:term:mali", text, title_end=10) == ["Mali"]


def test_outlet_and_language_need_no_word() -> None:
    assert found("outlet:example.org", "x", outlet="news.example.org") == []
    assert found('outlet:"Example Wire"', "x", outlet="The Example Wire") == []
    assert found("outlet:exam*", "x", outlet="Other") is None
    assert found("lang:fr", "x", language="fr") == []
    assert found("lang:fr AND (x OR lang:en)", "x", language="en") is None
    assert found("(lang:en OR y) AND x", "x", language="en") == ["x"]


def test_many_queries_are_answered_in_their_order_and_only_where_met() -> None:
    matcher = Matcher({name: from_words([name]) for name in ("Wagner", "Niger", "Mali")})
    assert list(matcher.match(MatchText(text="Mali and Wagner"))) == ["Wagner", "Mali"]
    assert Matcher({}).match(MatchText(text="Mali")) == {}


def test_long_lists_are_looked_up_not_tried_one_by_one() -> None:
    words = [f"word{number}" for number in range(40)]
    text = MatchText(text="word7, then word33 alone")
    listed = Matcher({"list": from_words(words), "none": from_words([f"other{word}" for word in words])})
    assert [one.text for one in listed.match(text)["list"]] == ["word7", "word33"]
    spelled = {"many": Term(name="many", any=tuple(words))}
    mixed = parse(f"NOT title:zzz AND (term:many OR zzz) AND ({' OR '.join(words)} OR lang:xx)", terms=spelled)
    assert "mixed" in Matcher({"mixed": mixed}).match(text)
    assert "mixed" not in Matcher({"mixed": mixed}).match(MatchText(text="word77"))

"""Matching: whole words, in any writing, at their places in the original."""

from dataclasses import replace

import pytest

from monitor.analysis.match import Matcher, MatchText, why_aside, why_met
from monitor.analysis.query import Query, parse
from monitor.config.resolve import words_query
from monitor.model.watch import Company, Term

TERMS = {
    "mali": Term(
        name="mali", any=("Mali", "Malian*", "مالي", "الأمم", "马里", "말리", "Mali Republic"), never=("Mali Empire",)
    ),
    "un": Term(name="un", any=("U.N.", "UN")),
}


def any_of(words: list[str]) -> Query:
    """A list of words, as the configuration reads one."""
    return parse(words_query(words), terms={})


def found(query: str, text: str, **more: str | int) -> list[str] | None:
    """What the query finds in the text; None where it is not met."""
    matcher = Matcher({"watch": parse(query, terms=TERMS)})
    met = matcher.match(MatchText(text=text, **more)).met  # type: ignore[arg-type]
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


MERCENARIES = Company(any=("Mali", "Russia*", "Africa Corps"), within=4)


def weighed(
    term: Term, text: str, closeness: float | None = None
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """What counts of a term in a text and why, and what does not and why."""
    matcher = Matcher({"watch": parse("term:x", terms={"x": term})})
    asked = []

    def measure(name: str) -> float | None:
        asked.append(name)
        return closeness

    found = matcher.match(MatchText(text=text), measure)
    assert set(asked) <= {"watch"}
    assert len(asked) <= 1
    return (
        [(one.text, one.because) for one in found.met.get("watch", ())],
        [(one.text, one.why) for one in found.aside.get("watch", ())],
    )


def test_an_ambiguous_word_counts_where_it_has_company() -> None:
    wagner = Term(name="x", any=("Wagner",), never=("Richard Wagner",), company=MERCENARIES)
    lonely = "has no company within 4 words (Mali, Russia*, Africa Corps)"
    assert weighed(wagner, "Wagner men in Mali") == ([("Wagner", "beside “Mali”")], [])
    assert weighed(wagner, "In Mali one two three Wagner. a b c d e f Wagner") == (
        [("Wagner", "beside “Mali”")],
        [("Wagner", lonely)],
    )
    assert weighed(wagner, "Wagner one two three four Mali") == ([], [("Wagner", lonely)])
    assert weighed(wagner, "Mali: Russian men pay for Wagner and the Africa\nCorps") == (
        [("Wagner", "beside “Africa Corps”")],
        [],
    )
    assert weighed(wagner, "Richard  Wagner in Mali") == (
        [],
        [("Wagner", "stands in “Richard Wagner”, which never counts")],
    )
    assert weighed(wagner, "nothing of the kind in Mali") == ([], [])


def test_company_may_stand_anywhere_and_is_never_the_word_itself() -> None:
    jordan = Term(name="x", any=("Jordan*",), company=Company(any=("Jordanian", "Amman")))
    assert weighed(jordan, "Jordan, the Jordanian")[0] == []
    assert weighed(jordan, "Jordan" + " and so on" * 50 + " in Amman")[0] == [("Jordan", "beside “Amman”")]


def test_an_ambiguous_word_counts_where_the_text_is_near_to_what_is_known() -> None:
    wagner = Term(name="x", any=("Wagner",), closeness=0.06)
    assert weighed(wagner, "Wagner", 0.06) == ([("Wagner", "closeness 0.06")], [])
    assert weighed(wagner, "Wagner", 0.05) == ([], [("Wagner", "has closeness 0.05, under 0.06")])
    assert weighed(wagner, "Wagner", None) == ([("Wagner", "")], []), "where nothing can be compared, a name counts"


def test_company_or_closeness_is_enough() -> None:
    wagner = Term(name="x", any=("Wagner",), company=MERCENARIES, closeness=0.06)
    alone = "has no company within 4 words (Mali, Russia*, Africa Corps)"
    assert weighed(wagner, "Wagner in Mali", 0.0) == ([("Wagner", "beside “Mali”")], [])
    assert weighed(wagner, "Wagner alone", 0.3) == ([("Wagner", "closeness 0.30")], [])
    assert weighed(wagner, "Wagner alone", 0.01) == ([], [("Wagner", f"{alone} and closeness 0.01, under 0.06")])
    assert weighed(wagner, "Wagner alone", None) == ([], [("Wagner", alone)])


def test_capitals_count_only_where_a_term_asks_for_them() -> None:
    us = Term(name="x", any=("US", "Us Weekly", "Americ*"), case=True)
    otherwise = "has not the capitals that its spelling asks for"
    assert weighed(us, "US: us, Us Weekly, us weekly, ＵＳ, U.S., AMERICA and Americans") == (
        [("US", ""), ("Us Weekly", ""), ("ＵＳ", ""), ("U.S.", ""), ("Americans", "")],
        [("us", otherwise), ("Us", otherwise), ("us", otherwise), ("us weekly", otherwise), ("AMERICA", otherwise)],
    )
    assert weighed(Term(name="x", any=("Америка", "马里"), case=True), "америка, Америка, 马里")[0] == [
        ("Америка", ""),
        ("马里", ""),
    ]


def test_what_never_counts_takes_away_only_what_it_overlaps() -> None:
    mali = Term(name="x", any=("Mali",), never=("old Kingdom of Mali", "Mali FC"))
    text = "The old Kingdom of Mali; Mali FC, Mali"
    assert weighed(mali, text) == (
        [("Mali", "")],
        [
            ("Mali", "stands in “old Kingdom of Mali”, which never counts"),
            ("Mali", "stands in “Mali FC”, which never counts"),
        ],
    )


def test_what_does_not_count_is_told_in_one_sentence() -> None:
    matcher = Matcher(
        {
            "mali": parse("term:mali AND NOT term:mali", terms=TERMS),
            "empire": parse("term:mali", terms=TERMS),
            "other": parse("Niger", terms=TERMS),
        }
    )
    assert why_aside(matcher.match(MatchText(text="The Mali\nEmpire and the Mali Empire"))) == (
        "mali: “Mali” stands in “Mali Empire”, which never counts; "
        "empire: “Mali” stands in “Mali Empire”, which never counts"
    )
    assert why_aside(matcher.match(MatchText(text="none of it"))) == ""
    many = matcher.match(
        MatchText(text="Mali Empire. " * 3 + "MALI EMPIRE. MALI Empire. mali Empire. Mali  EMPIRE. m\u00adali empire")
    )
    assert why_aside(many).count(";") == 4


def test_what_a_negation_sets_aside_is_not_told() -> None:
    found = Matcher({"watch": parse("gold AND NOT term:mali", terms=TERMS)}).match(MatchText(text="Mali Empire gold"))
    assert list(found.met) == ["watch"]
    assert found.aside == {}


def test_a_double_surname_is_no_mention_and_said_so() -> None:
    matcher = Matcher({"watch": parse("Wagner", terms={})})
    found = matcher.match(MatchText(text="Pamela Rendi-Wagner met Wagner. Rendi-Wagner left, Haydn-Wagner, a -Wagner"))
    assert [one.span for one in found.met["watch"]] == [(24, 30), (57, 63), (68, 74)]
    assert [one.why for one in found.aside["watch"]] == ["is part of the double name “Rendi-Wagner”"] * 2


def test_a_mention_says_that_its_spelling_hides_it() -> None:
    texts = "Mаli, MALI, Ma\u00adli, маӏі, 🇲🇦🇱🇮, M.A.L.I., Mâli, Ma-\nli, mali"
    [mentions] = Matcher({"watch": parse("Mali", terms={})}).match(MatchText(text=texts, language="en")).met.values()
    assert [one.text for one in mentions if one.is_disguised] == ["Mаli", "Ma\u00adli", "маӏі", "🇲🇦🇱🇮", "Ma-\nli"]
    phrase = Matcher({"watch": parse('"in Mali"', terms={})}).match(MatchText(text="in Mаli and in Mali")).met["watch"]
    assert [one.is_disguised for one in phrase] == [True, False]
    assert why_met(phrase) == ["“in Mаli” is written with look-alike, hidden or splitting characters"]
    assert why_met([replace(phrase[1], because="beside “x”")]) == ["“in Mali” counts: beside “x”"]


def test_numbers_are_respelled_where_a_query_asks_for_one() -> None:
    assert found("15000 AND men", "15,000 men") == ["15,000", "men"]


def test_many_literals_are_found_as_few_are() -> None:
    """Twice as many as fit into the faster automaton's table."""
    words = [f"w{'o' * 120}{number}" for number in range(10_000)]
    term = Term(name="many", any=tuple(words))
    text = MatchText(text=f"{words[7]} {words[9_999].upper()} {words[19]}x")
    [mentions] = Matcher({"x": parse("term:many", terms={"many": term})}).match(text).met.values()
    assert [one.text for one in mentions] == [words[7], words[9_999].upper()]


def test_a_word_within_a_longer_one_hides_none_that_may_go_on() -> None:
    """One literal is asked for by a word that must end with it, by a prefix, and by a phrase whose words touch."""
    assert found("Mali", "Malian") is None
    queries = {query: parse(query, terms={}) for query in ("Mali", "Mali*", '"3.5 kg"', "3.5")}
    met = Matcher(queries).match(MatchText(text="3.5kg of Malian gold")).met
    assert {name: [one.text for one in mentions] for name, mentions in met.items()} == {
        "Mali*": ["Malian"],
        '"3.5 kg"': ["3.5kg"],
    }


def test_many_queries_are_answered_in_their_order_and_only_where_met() -> None:
    matcher = Matcher({name: any_of([name]) for name in ("Wagner", "Niger", "Mali")})
    assert list(matcher.match(MatchText(text="Mali and Wagner")).met) == ["Wagner", "Mali"]
    assert Matcher({}).match(MatchText(text="Mali")).met == {}


def test_long_lists_are_looked_up_not_tried_one_by_one() -> None:
    words = [f"word{number}" for number in range(40)]
    text = MatchText(text="word7, then word33 alone")
    listed = Matcher({"list": any_of(words), "none": any_of([f"other{word}" for word in words])})
    assert [one.text for one in listed.match(text).met["list"]] == ["word7", "word33"]
    spelled = {"many": Term(name="many", any=tuple(words))}
    mixed = parse(f"NOT title:zzz AND (term:many OR zzz) AND ({' OR '.join(words)} OR lang:xx)", terms=spelled)
    assert "mixed" in Matcher({"mixed": mixed}).match(text).met
    assert "mixed" not in Matcher({"mixed": mixed}).match(MatchText(text="word77")).met
    wordless = Matcher({"or": parse(f"{' OR '.join(words)} OR lang:xx", terms={})})
    assert list(wordless.match(MatchText(text="none of them", language="xx")).met) == ["or"]


def test_a_text_made_to_be_slow_is_not() -> None:
    """Places are held against each other by their order, compounds and notes are counted: no cost grows squared."""
    wagner = Term(name="x", any=("Wagner",), never=("Wagner Park",), company=Company(any=("Mali",), within=3))
    text = "Wagner Park, Wagner one two three four five. Mali " * 4_000
    counts, asides = weighed(wagner, text)
    assert len(counts) == 3_999
    assert len(asides) == 100
    names = " ".join(f"Pamela Zzq{chr(97 + at % 26) * 3}{chr(97 + at // 26) * 3}-Wagner," for at in range(200))
    assert len(weighed(Term(name="x", any=("Wagner",)), names)[0]) == 150

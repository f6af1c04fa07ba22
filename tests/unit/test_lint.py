"""Lint: what a configuration cannot mean is named, and what it can is left alone."""

import pytest

from monitor.analysis.lint import lint
from monitor.analysis.query import parse
from monitor.model.watch import Company, Term

MALI = Term(name="mali", any=("Mali", "Malian*"), never=("Mali Empire",))
PLAIN = Term(name="plain", any=("Niger", "Nigerien*"))
TERMS = {each.name: each for each in (MALI, PLAIN)}

NEVER = "this can never match: what it asks for excludes itself"
ALWAYS = "this always matches; if that is meant, `*:*` says it"
LACKS = "this matches every text that lacks the words behind NOT; name a word that must be there"


def said(query: str) -> list[str]:
    """What lint says of one query, terms aside."""
    return [each.message for each in lint([parse(query, terms=TERMS)], TERMS) if each.key[0] == "watches"]


@pytest.mark.parametrize(
    "query",
    [
        "a AND NOT a",
        "(a OR b) AND NOT a AND NOT b",
        "lang:en AND lang:fr",
        "lang:en lang:fr x",
        "malian AND NOT malian*",
        "malian* AND NOT mal*",
        '"a b c" AND NOT b',
        '"a b c" AND NOT "a b"',
        '"a bc" AND NOT "a b*"',
        "title:a AND NOT a",
        "title:malian AND NOT malian*",
        "a AND NOT title:a AND NOT text:a",
        "term:mali AND NOT mali*",
        "nigeriens AND NOT term:plain",
        "title:(a AND NOT a)",
        "outlet:x AND NOT outlet:x",
        "NOT *:*",
    ],
)
def test_a_query_that_excludes_itself_can_never_match(query: str) -> None:
    assert said(query) == [NEVER]


@pytest.mark.parametrize(
    "query", ["a OR NOT a", "NOT (a AND NOT a)", "malian* OR NOT malians", "NOT lang:en OR NOT lang:fr"]
)
def test_a_query_that_nothing_escapes_always_matches(query: str) -> None:
    assert said(query) == [ALWAYS]


@pytest.mark.parametrize("query", ["NOT football", "a OR NOT b", "NOT lang:en", "NOT title:a"])
def test_a_query_that_only_excludes_is_a_warning(query: str) -> None:
    [finding] = [each for each in lint([parse(query, terms=TERMS)], {}) if each.message == LACKS]
    assert finding.is_warning
    assert finding.key == ("watches", 0, "match")


@pytest.mark.parametrize(
    "query",
    [
        "*:*",
        "*:* AND NOT football",
        "a",
        "a AND b AND NOT c",
        "a AND NOT title:a",
        "a* AND NOT ab",
        "malian* AND NOT malians",
        '"a b" AND NOT c',
        '"a b c" AND NOT "a c"',
        '"a b"~5 AND NOT "a b"',
        "a AND NOT term:plain",
        "Mali AND NOT term:mali",  # the empire
        "term:plain AND NOT nigerien*",
        "title:a AND NOT text:a",
        "outlet:x lang:en",
        "outlet:x AND NOT x",
        "lang:en OR lang:fr",
        '"a b" OR a',
        "w?n AND NOT win",
    ],
)
def test_a_query_that_may_be_meant_is_left_alone(query: str) -> None:
    assert said(query) == []


def test_a_query_with_many_leaves_is_taken_to_be_sound() -> None:
    assert said(" AND ".join(f"a{n} AND NOT a{n}" for n in range(13))) == []


def test_a_spelling_that_another_takes_in_is_named_with_its_place_in_the_list() -> None:
    found = lint([parse('Mali OR "Malian*" OR MALI OR lang:en OR "Mali x"', terms={})], {})
    assert [(each.key, each.message) for each in found] == [
        (("watches", 0, "match", 2), "this is the same spelling as number 1 of the list, “mali”"),
    ]
    found = lint([parse("Mali OR Malian* OR malians OR malianist*", terms={})], {})
    assert [(each.key, each.message) for each in found] == [
        (("watches", 0, "match", 2), "“malian*” takes this spelling in already"),
        (("watches", 0, "match", 3), "“malian*” takes this spelling in already"),
    ]


def of_term(term: Term) -> list[tuple[tuple[str | int, ...], str]]:
    found = lint([parse("term:x", terms={"x": term})], {"x": term})
    return [(each.key[2:], each.message) for each in found]


def test_a_term_is_looked_through() -> None:
    assert of_term(MALI) == []
    assert of_term(Term(name="x", any=("Mali", "Mâli", "Mali Republic", "mali republic"))) == [
        (("any", 1), "this is the same spelling as number 1 of the list, “mali”"),
        (("any", 3), "this is the same spelling as number 3 of the list, “mali republic”"),
    ]
    gone = "`never` takes every mention of this spelling away"
    assert of_term(Term(name="x", any=("Mali", "Malian", "Mali Empire"), never=("mali*",))) == [
        (("any", 0), gone),
        (("any", 1), gone),
        (("any", 2), gone),
    ]
    apart = "this can never overlap a mention of the term: none of its words is in a spelling"
    assert of_term(
        Term(name="x", any=("Mali*", "مالي"), never=("Roman Empire", "Malibu", "ma?", "x*i", "إمبراطورية مالي"))
    ) == [
        (("never", 0), apart),
        (("never", 2), apart),
        (("never", 3), apart),
    ]
    itself = "this names only the term itself: a mention is no company of its own"
    assert of_term(Term(name="x", any=("Mali*",), company=Company(any=("Mali", "malians")))) == [
        (("company", "any"), itself)
    ]
    assert of_term(Term(name="x", any=("Mali",), company=Company(any=("Mali", "Bamako")))) == []


def test_capitals_tell_spellings_apart_where_they_are_asked_for() -> None:
    assert of_term(Term(name="x", any=("US", "us", "Us*", "USA"), case=True)) == []
    assert of_term(Term(name="x", any=("US*", "USA", "US"), case=True)) == [
        (("any", 1), "“us*” takes this spelling in already"),
        (("any", 2), "“us*” takes this spelling in already"),
    ]
    cased = Term(name="x", any=("US",), case=True)
    assert [each.message for each in lint([parse("term:x AND NOT us", terms={"x": cased})], {"x": cased})] == [NEVER]
    assert lint([parse("us AND NOT term:x", terms={"x": cased})], {"x": cased}) == ()


def test_a_term_that_nobody_names_is_a_warning() -> None:
    [finding] = lint([parse("a AND NOT term:mali", terms=TERMS)], TERMS)
    assert (finding.key, finding.is_warning) == (("terms", "plain"), True)


def test_lists_too_long_to_compare_are_only_looked_through_for_doubles() -> None:
    many = tuple(f"word{number}" for number in range(1001))
    assert of_term(Term(name="x", any=many, never=many)) == []

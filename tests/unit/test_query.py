"""Queries: read as Lucene readers expect, refused with the place of the fault."""

import pytest

from monitor.analysis.query import (
    And,
    Everything,
    InPart,
    Language,
    Named,
    Node,
    Not,
    Or,
    Outlet,
    Phrase,
    Word,
    parse,
)
from monitor.errors import QueryError
from monitor.model.watch import Company, Term

A, B, C = Word("a"), Word("b"), Word("c")
TERMS = {"mali": Term(name="mali", any=("Mali", "Malian*"), never=("Mali Empire",))}
MALI = Named("mali", (Word("mali"), Word("malian*")), (Phrase((Word("mali"), Word("empire"))),))


@pytest.mark.parametrize(
    ("query", "root"),
    [
        ("A", A),
        ("a AND b", And((A, B))),
        ("a b", And((A, B))),
        ("+a -b", And((A, Not(B)))),
        ("a OR b AND c", Or((A, And((B, C))))),
        ("a b OR c", And((A, Or((B, C))))),
        ("a AND NOT (b OR c)", And((A, Not(Or((B, C)))))),
        ('"a, b"', Phrase((A, B))),
        ('"a b"~10', Phrase((A, B), 10)),
        ('"a b"~', Phrase((A, B), 1)),
        ('"a"~3', A),
        ("title:a", InPart("title", A)),
        ("text:(a OR b)", InPart("text", Or((A, B)))),
        ("title:term:mali", InPart("title", MALI)),
        ("term:mali", MALI),
        ('outlet:"Example Wire"', Outlet(Phrase((Word("example"), Word("wire"))))),
        ("lang:EN-gb", Language("en")),
        ("*:*", Everything()),
        ("peacekeep**", Word("peacekeep*")),
        ("wom?n", Word("wom?n")),
        ("al-qaed*", Phrase((Word("al"), Word("qaed*")))),
        (r"a\*b", Phrase((A, B))),
        (r"a\:b", Phrase((A, B))),
        ("Rendi-Wagner", Phrase((Word("rendi"), Word("wagner")))),
        ("U.N.", Word("un")),
        ("TO", Word("to")),
        ("马里", Word("马里")),
        ('"马里 军队*"', Phrase((Word("马"), Word("里"), Word("军队*")))),
        ('"马里 a"', Phrase((Word("马"), Word("里"), A))),
    ],
)
def test_a_query_is_read_as_a_tree(query: str, root: Node) -> None:
    assert parse(query, terms=TERMS).root == root
    assert parse(query, terms=TERMS).source == query


@pytest.mark.parametrize(
    ("query", "column", "said"),
    [
        ("", 1, "empty"),
        ("  \n", 1, "empty"),
        ("a AND", 6, "too early"),
        ("(a OR b", 8, "too early"),
        ("a ) b", 3, "closing bracket"),
        ("a AND AND b", 7, "AND cannot stand here"),
        ('Mali "Africa Corps', 6, "never closed"),
        ("a OR nope:b", 6, "no field nope"),
        ("*:a", 1, "no field *"),
        ("a term:niger", 8, "no term niger; configured: mali"),
        ("*ali", 1, "begin with a wildcard"),
        ("a OR (b AND ?c)", 13, "begin with a wildcard"),
        ("a *", 3, "wildcard alone"),
        ("a %%", 3, "no letter or digit"),
        ('a ""', 3, "no letter or digit"),
        ("title:outlet:a", 7, "cannot stand inside"),
        ("lang:term:a", 6, "cannot stand inside"),
        ("a b~2", 3, "fuzzy"),
        ("a b^2", 3, "boosts"),
        ("a /b/", 3, "regular expressions"),
        ("a [b TO c]", 3, "ranges"),
        ("a >5", 3, "ranges"),
        ("a <5", 3, "ranges"),
        ("a !b", 3, "NOT"),
        ("a || b", 3, "OR"),
        ('a "b c"~1.2.3', 8, "number"),
        ("a b^.", 4, "number"),
        ("(" * 60 + "a" + ")" * 60, 52, "deeper than 50"),
        ("NOT " * 1000 + "a", 205, "deeper than 50"),
        ("(" * 4000 + "a" + ")" * 4000, 52, "deeper than 50"),
        ("a " * 5001, 10001, "longer than 10,000"),
    ],
)
def test_a_fault_is_told_with_its_column(query: str, column: int, said: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query, terms=TERMS)
    assert caught.value.column == column
    assert said in caught.value.message
    assert caught.value.query == query


def test_an_unknown_term_among_none_says_so() -> None:
    with pytest.raises(QueryError, match="configured: none"):
        parse("term:mali", terms={})


def test_a_term_brings_its_capitals_its_company_and_its_closeness() -> None:
    company = Company(any=("Mali", "Russia*", "Africa Corps", "d", "e", "f"), within=50)
    term = Term(name="w", any=("Wagner", "PMC Wagner"), case=True, company=company, closeness=0.06)
    node = parse("term:w", terms={"w": term}).root
    assert isinstance(node, Named)
    assert node.any == (
        Word("wagner", "Aaaaaa"),
        Phrase((Word("pmc"), Word("wagner")), case="AAAAaaaaa"),
    )
    assert node.company is not None
    assert node.company.any[:3] == (Word("mali"), Word("russia*"), Phrase((Word("africa"), Word("corps"))))
    assert (node.company.within, node.company.said) == (50, "Mali, Russia*, Africa Corps, d, e …")
    assert node.closeness == 0.06


def test_long_flat_queries_are_no_deep_ones() -> None:
    assert isinstance(parse(" OR ".join(["a"] * 1500), terms={}).root, Or)


@pytest.mark.parametrize(
    ("query", "asks"),
    [
        ("mali", False),
        ("*:*", False),
        ("lang:fr", True),
        ("mali AND (lang:fr OR title:wagner)", True),
        ("mali AND NOT lang:fr", True),
        ("title:(mali AND wagner) OR outlet:wire", False),
    ],
)
def test_a_query_says_whether_it_turns_on_a_texts_language(query: str, asks: bool) -> None:
    assert parse(query, terms={}).asks_language is asks

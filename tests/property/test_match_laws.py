"""Laws of matching: the automaton finds what a naive search finds, and queries obey logic."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.analysis.match import Matcher, MatchText
from monitor.analysis.query import parse
from monitor.config.resolve import words_query
from monitor.errors import QueryError

WORD = st.text(alphabet="ab", min_size=1, max_size=3)
TEXT = st.text(alphabet="abABá /,\u00ad", max_size=40)


def naive(word: str, text: str) -> list[tuple[int, int]]:
    """The places of a whole word, soft hyphens and accents aside, found letter by letter."""
    kept = [(letter.lower().replace("á", "a"), at) for at, letter in enumerate(text) if letter != "\u00ad"]
    line = "".join(letter for letter, _ in kept)
    places = []
    for start in range(len(line) - len(word) + 1):
        end = start + len(word)
        is_whole = not line[start - 1 : start].isalpha() and not line[end : end + 1].isalpha()
        if line[start:end] == word and is_whole:
            places.append((kept[start][1], kept[end - 1][1] + 1))
    return places


@given(st.lists(WORD, min_size=1, max_size=20, unique=True), TEXT)
def test_the_automaton_finds_what_a_naive_search_finds(words: list[str], text: str) -> None:
    met = Matcher({word: parse(word, terms={}) for word in words}).match(MatchText(text=text)).met
    expected = {word: naive(word, text) for word in words}
    assert {word: [one.span for one in found] for word, found in met.items()} == {
        word: places for word, places in expected.items() if places
    }


@given(WORD, WORD, TEXT)
def test_queries_obey_logic(one: str, other: str, text: str) -> None:
    sources = (one, other, f"{one} AND {other}", f"{one} OR {other}", f"NOT {one}", f"{one} AND NOT {other}")
    met = Matcher({source: parse(source, terms={}) for source in sources}).match(MatchText(text=text)).met
    first, second = one in met, other in met
    assert (f"{one} AND {other}" in met) == (first and second)
    assert (f"{one} OR {other}" in met) == (first or second)
    assert (f"NOT {one}" in met) == (not first)
    assert (f"{one} AND NOT {other}" in met) == (first and not second)


@given(st.text(), st.text(min_size=1))
def test_every_mention_stands_in_the_text(text: str, word: str) -> None:
    try:
        query = parse(words_query([word]), terms={})
    except QueryError:
        return
    for one in Matcher({"watch": query}).match(MatchText(text=f"{text} {word}")).met.get("watch", ()):
        start, end = one.span
        assert 0 <= start < end <= len(text) + 1 + len(word)
        assert f"{text} {word}"[start:end] == one.text


@given(st.text(alphabet='ab"()*?:~^+-!/\\[]{}<> ANDORT1.', max_size=30))
def test_a_query_is_read_or_refused_by_name(source: str) -> None:
    column = 1
    try:
        Matcher({"watch": parse(source, terms={})}).match(MatchText(text="a b ab"))
    except QueryError as error:
        column = error.column
    assert 1 <= column <= len(source) + 1

"""Claims: who else says what is new."""

from collections.abc import Mapping

from article_samples import HARBOUR, FakeEmbedder, known_text, vector

from monitor.analysis.claims import statements, supporters
from monitor.model.embedding import Vector
from monitor.model.judgement import Relation
from monitor.model.watch import KnownText

NEWS = "Prosecutors charged 31 smugglers with poisoning the reservoir of Norrland."


def entries(quotes: list[str], *others: KnownText, vectors: Mapping[str, Vector] | None = None) -> list[str]:
    return [claim.entry for claim in supporters(statements(quotes, others, vectors or {}, "en"))]


def test_an_article_that_says_the_same_supports_a_new_sentence() -> None:
    said = "The prosecutors of Norrland charged 31 smugglers with poisoning a reservoir."
    others = [known_text(HARBOUR, source="harbour"), known_text(said, source="court")]
    (claim,) = supporters(statements([NEWS], others, {}, "en"))
    assert (claim.entry, claim.relation, claim.text, claim.of) == ("court", Relation.SAME, said, NEWS)


def test_every_new_sentence_finds_its_own_supporters() -> None:
    quotes = [NEWS, "Two cranes were damaged during a protest."]
    others = known_text(HARBOUR, source="harbour"), known_text(NEWS, source="court")
    assert entries(quotes, *others) == ["harbour", "court"]


def test_all_who_say_it_are_heard() -> None:
    """A copy that says it in the very words must not hide the other desk that says it, too."""
    said = "The prosecutors of Norrland charged 31 smugglers with poisoning a reservoir."
    assert entries([NEWS], known_text(NEWS, source="copy"), known_text(said, source="court")) == ["copy", "court"]


def test_who_says_something_else_supports_nothing() -> None:
    harbour = known_text(HARBOUR, source="harbour")
    assert entries([NEWS], harbour) == []
    assert entries(["The mayor opened a museum of paintings."], harbour) == []
    assert entries([NEWS]) == entries([], harbour) == entries([NEWS], known_text("", source="empty")) == []


def test_a_report_in_another_language_supports_by_its_meaning() -> None:
    said = "Die Staatsanwaltschaft klagte 31 Schmuggler an."
    embedder = FakeEmbedder({NEWS: vector(1, 0, 0, 0), said: vector(1, 0, 0, 0)})
    german = known_text(said, source="gericht", language="de")
    assert entries([NEWS], german, vectors=embedder.vectors(NEWS, said)) == ["gericht"]
    assert entries([NEWS], german) == []


def test_who_tells_another_number_confirms_nothing() -> None:
    """Thirty-four dead yesterday are no second source for sixty-one today."""
    quote = "Prosecutors charged 31 smugglers with poisoning the reservoir."
    other = known_text("Prosecutors charged 12 smugglers with poisoning the reservoir.", source="court")
    assert entries([quote], other) == []

"""Claims: who else says what is new."""

from article_samples import HARBOUR, FakeEmbedder, known_set, known_text, novelty, vector

from monitor.analysis.claims import supporters

NEWS = "Prosecutors charged 31 smugglers with poisoning the reservoir of Norrland."


def test_an_article_that_says_the_same_supports_a_new_sentence() -> None:
    others = known_set(
        known_text(HARBOUR, source="harbour"),
        known_text("The prosecutors of Norrland charged 31 smugglers with poisoning a reservoir.", source="court"),
    )
    assert supporters([novelty(NEWS)], others, {}, "en") == {"court"}


def test_every_new_sentence_finds_its_own_supporters() -> None:
    others = known_set(known_text(HARBOUR, source="harbour"), known_text(NEWS, source="court"))
    quotes = [novelty(NEWS), novelty("Two cranes were damaged during a protest.")]
    assert supporters(quotes, others, {}, "en") == {"court", "harbour"}


def test_who_says_something_else_supports_nothing() -> None:
    others = known_set(known_text(HARBOUR, source="harbour"))
    assert supporters([novelty(NEWS)], others, {}, "en") == frozenset()
    assert supporters([novelty("The mayor opened a museum of paintings.")], others, {}, "en") == frozenset()
    assert supporters([novelty(NEWS)], known_set(), {}, "en") == frozenset()
    assert supporters([], others, {}, "en") == frozenset()


def test_a_report_in_another_language_supports_by_its_meaning() -> None:
    said = "Die Staatsanwaltschaft klagte 31 Schmuggler an."
    embedder = FakeEmbedder({NEWS: vector(1, 0, 0, 0), said: vector(1, 0, 0, 0)})
    vectors = embedder.vectors(NEWS, said)
    others = known_set(known_text(said, source="gericht", language="de"), vectors=vectors)
    assert supporters([novelty(NEWS)], others, vectors, "en") == {"gericht"}
    assert supporters([novelty(NEWS)], others, {}, "en") == frozenset()


def test_who_tells_another_number_confirms_nothing() -> None:
    """Thirty-four dead yesterday are no second source for sixty-one today."""
    quote = novelty("Prosecutors charged 31 smugglers with poisoning the reservoir.")
    other = known_set(known_text("Prosecutors charged 12 smugglers with poisoning the reservoir.", source="court"))
    assert supporters([quote], other, {}, "en") == frozenset()

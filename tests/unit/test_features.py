"""Features: what of a sentence is compared."""

from article_samples import vector

from monitor.analysis.features import features
from monitor.text.values import Kind


def test_words_that_tell_something_are_weighed_by_their_stem() -> None:
    found = features("The dockers were striking in the harbour.", "en")
    assert set(found.weights) == {"docker", "strike", "harbour"}
    assert found.stems == ("the", "docker", "were", "strike", "in", "the", "harbour")
    assert all(0.0 < weight <= 1.0 for weight in found.weights.values())


def test_a_name_tells_something_though_it_looks_like_a_common_word() -> None:
    """The town of Ber is written like a syllable that many languages use."""
    assert features("The dockers left the town of May for the harbour.", "en").weights["may"] >= 0.5
    assert features("The dockers may leave the harbour.", "en").weights.get("may", 0.0) < 0.5


def test_two_forms_of_one_stem_count_as_the_one_that_tells_more() -> None:
    votes, voting = (features(word, "en").weights["vote"] for word in ("votes", "voting"))
    assert votes != voting
    for sentence in ("votes and voting", "voting and votes"):
        assert features(sentence, "en").weights["vote"] == max(votes, voting)


def test_values_names_and_vector_come_along() -> None:
    found = features("About 15,000 dockers of Tarvik left the harbour in March.", "en", vector(1, 0))
    assert [value.kind for value in found.values] == [Kind.NUMBER, Kind.MONTH]
    assert found.names == {"tarvik"}  # the month is a value
    assert found.vector == vector(1, 0)
    assert features("Left.", "en").vector is None


def test_a_language_without_a_stemmer_keeps_its_words() -> None:
    assert features("harbours harbour", "und").stems == ("harbours", "harbour")

"""Features: what of a sentence is compared."""

from article_samples import vector

from monitor.analysis.features import fate_key, features
from monitor.text.counts import Fate
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


def test_a_number_in_words_is_found_as_the_number_it_is() -> None:
    words, digits = features("Seventeen ferries waited.", "en"), features("The 17 ferries waited.", "en")
    assert words.weights.keys() == digits.weights.keys() == {"17", "ferri", "wait"}


def test_a_weekday_is_no_name_but_tells_as_much() -> None:
    found = features("The dockers left on Friday.", "en")
    assert found.names == frozenset()
    assert found.weights["friday"] >= 0.5


def test_a_name_is_found_by_its_sound_and_a_toll_by_its_fate() -> None:
    found = features("The dockers of Moura said that 12 people were killed.", "en")
    assert found.sounds["moura"] == features("In Maura all is calm.", "en").sounds["maura"]
    assert {found.sounds["moura"], fate_key(Fate.DEAD)} < found.telling
    assert not found.telling & {"the", "of"}


def test_names_stand_beside_each_other() -> None:
    found = features("The dockers chose Peter Osk of Tarvik.", "en")
    assert found.beside("osk") == {"peter"}
    assert found.beside("tarvik") == frozenset()


def test_a_language_without_a_stemmer_keeps_its_words() -> None:
    assert features("harbours harbour", "und").stems == ("harbours", "harbour")

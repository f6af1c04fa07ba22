"""Changes: a known fact that is told with another number or month."""

import pytest
from article_samples import HARBOUR, known_set, known_text

from monitor.analysis.changes import CANDIDATES, changes
from monitor.analysis.features import features
from monitor.analysis.known import KnownSet
from monitor.model.judgement import Change


def changed(sentence: str, known: KnownSet, *, language: str = "en") -> tuple[Change, ...]:
    seen = features(sentence, language)
    return changes(seen, known, known.nearest(seen, CANDIDATES))


def values(sentence: str, *known: str, language: str = "en") -> list[tuple[str, str]]:
    found = changed(sentence, known_set(*known, language=language), language=language)
    return [(change.was, change.now) for change in found]


def test_a_rewrite_that_changes_a_number_is_an_update_with_was_and_now() -> None:
    sentence = "Some 13,000 dockers guard the northern harbour of Tarvik."
    (change,) = changed(sentence, known_set(HARBOUR))
    assert (change.was, change.now, change.sentence) == ("15,000", "13,000", sentence)
    assert change.before.text == "About 15,000 dockers guard the northern harbour of Tarvik."
    assert change.what == "dockers guard the northern harbour of Tarvik"


def test_a_month_that_moves_is_a_change() -> None:
    known = "The mandate of the harbour guards ends in June."
    (change,) = changed("The mandate of the harbour guards ends in July.", known_set(known))
    assert (change.was, change.now) == ("June", "July")
    assert change.what == "mandate of the harbour guards ends"


def test_each_value_that_moved_is_a_change_of_its_own() -> None:
    known = "At least 40 dockers were injured, and the police arrested 12 protesters near the harbour."
    now = "At least 55 dockers were injured, and the police arrested 19 protesters near the harbour."
    assert values(now, known) == [("40", "55"), ("12", "19")]


def test_numbers_in_words_and_in_digits_are_the_same_numbers() -> None:
    assert values("The protest damaged five harbour cranes.", "The protest damaged 5 harbour cranes.") == []
    assert values("The protest damaged five harbour cranes.", "The protest damaged 2 harbour cranes.") == [
        ("2", "five")
    ]


@pytest.mark.parametrize(
    ("now", "known"),
    [
        ("About 13,000 dockers guard the harbour.", "About 15,000 tourists visited the museum."),
        ("The ferry company sold 30 ferries last winter.", "The ferry company refused 40 journalists entry."),
        ("The strike by dockers began in 2023.", "The strike by dockers began in 2021."),
        ("The strike by dockers began on 3 June.", "The strike by dockers began on 5 June."),
        ("The strike by dockers began in June.", "The strike by 45 dockers began."),
        ("Some 13 came.", "Some 15 came."),
        ("The ferry company of Tarvik sold 30 paintings.", "The ferry company of Tarvik sold 40 cranes."),
        (
            "Storms flooded villages near Hekkar, where 30 ferry passengers slept inside unheated schools.",
            "Prosecutors accused 40 ferry passengers of smuggling copper wire beneath woollen blankets.",
        ),
    ],
)
def test_another_fact_is_no_change(now: str, known: str) -> None:
    """Other things counted, days and years, another kind of value, too little said of what is counted."""
    assert values(now, known) == []


def test_a_value_that_is_already_known_did_not_change() -> None:
    """15,000 was told first, 13,000 then: who says 13,000 again says nothing new."""
    now = "Some 13,000 dockers guard the northern harbour of Tarvik."
    assert values(now, HARBOUR, "Only 13,000 dockers guard the northern harbour now.") == []


def test_a_value_that_is_known_of_something_else_may_still_be_a_change() -> None:
    now = "Some 13,000 dockers guard the northern harbour of Tarvik."
    assert values(now, HARBOUR, "The museum in Tarvik sold 13,000 tickets last winter.") == [("15,000", "13,000")]


def test_what_the_sentence_itself_still_says_did_not_change() -> None:
    """ "13,000 dockers, down from 15,000" names both: the known number is not replaced."""
    known = "About 15,000 dockers guard the harbour."
    assert values("Now 13,000 dockers guard the harbour, not 15,000 dockers.", known) == []


def test_the_best_matching_known_value_is_the_one_that_changed() -> None:
    known = "The police arrested 12 dockers, and doctors treated 40 injured dockers near the harbour."
    assert values("The doctors treated 55 injured dockers near the harbour.", known) == [("40", "55")]
    swapped = "The doctors treated 40 injured dockers near the harbour, and the police arrested 12 dockers."
    assert values("The doctors treated 55 injured dockers near the harbour.", swapped) == [("40", "55")]


def test_the_nearest_of_several_known_sentences_is_the_evidence() -> None:
    far = "Police said 20 dockers were injured."
    close = "Police said 40 dockers were injured in the northern harbour of Tarvik."
    now = "Police said 55 dockers were injured in the northern harbour of Tarvik."
    assert values(now, far, close) == values(now, close, far) == [("40", "55")]


def test_values_of_another_language_are_not_compared() -> None:
    known = known_set(known_text("About 15,000 dockers guard the harbour.", language="de"))
    seen = features("About 13,000 dockers guard the harbour.", "en")
    assert changes(seen, known, [0]) == ()


def test_what_is_counted_stands_behind_a_number() -> None:
    """Words that both sentences have before it say where, not what."""
    (change,) = changed("In Tarvik harbour 13 dockers slept.", known_set("In Tarvik harbour 15 dockers slept."))
    assert change.what == "dockers slept"


def test_what_is_counted_may_stand_only_before_the_month() -> None:
    (change,) = changed("Elections for mayors of Tarvik: May", known_set("Elections for mayors of Tarvik: April"))
    assert change.what == "Elections for mayors of Tarvik"


def test_an_attribution_is_not_what_a_number_counts() -> None:
    """210 aboard and 61 dead have only the coast guard in common, who said both."""
    known = "The ferry Orla sank off the island with 210 people on board, the coast guard said."
    now = "The death toll of the ferry Orla rose to 61 on Saturday, the coast guard said."
    assert values(now, known) == values(known, now) == []

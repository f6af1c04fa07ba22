"""Changes: a known fact that is told with another number or month."""

from dataclasses import replace

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


def test_a_number_in_words_changes_like_one_in_digits() -> None:
    known = "Some two hundred dockers guard the northern harbour of Tarvik."
    assert values("Some 300 dockers guard the northern harbour of Tarvik.", known) == [("two hundred", "300")]


MASSACRE = (
    "Envoys asked about the attack on the town of Moura in March 2022. Soldiers rounded up and killed 300 men there."
)


def test_a_toll_of_one_event_changes_though_no_word_for_it_is_the_same() -> None:
    """ "Rounded up and killed 300 men" and "a massacre of 500 people": place and date are the same."""
    now = "A report blames the army for the massacre of 500 people in Maura in March 2022."
    (change,) = changed(now, known_set(MASSACRE))
    assert (change.was, change.now, change.what) == ("300", "500", "people in Maura")
    assert change.before.text == "Soldiers rounded up and killed 300 men there."


def test_words_of_the_event_stand_in_for_its_date() -> None:
    known = "A ferry sank off the island of Hekkar and 12 people drowned or died of cold."
    now = "After the ferry sank near Hekkar island the death toll has risen to 30."
    assert values(now, known) == [("12", "30")]


@pytest.mark.parametrize(
    "now",
    [
        "A report blames the army for the massacre of 500 people in Tarvik in March 2022.",
        "A report blames the army for the massacre of 500 people in Moura in May 2022.",
        "A report blames the army for the massacre of 500 people in Moura in March 2019.",
        "The attack on Moura in March 2022 left 500 people injured.",
        "The massacre of 500 people in March 2022 shocked many.",
        "In Moura 500 dockers were killed in March 2022, their union found.",
        "At least 20 women were among the 300 men killed in Moura in March 2022.",
        "A massacre of 300 people in Moura in March 2022 shocked many.",
        "Moura said that a massacre killed 500 people in March 2022.",
        "A massacre killed 40,000 people in Moura in March 2022.",
        "The massacre of 500 people, not 300, took place in Moura in March 2022.",
        "They were killed in Moura in March 2022, 500 kilometres from Tarvik.",
    ],
)
def test_another_event_fate_or_group_is_no_change_of_a_toll(now: str) -> None:
    """Other place, month, year, fate, people; a part of the toll; the toll as it is known; who only speaks of it."""
    known = f"In Tarvik all is calm. {MASSACRE.replace('men', 'soldiers') if 'dockers' in now else MASSACRE}"
    assert values(now, known) == []


def test_a_name_without_other_words_in_common_is_no_event() -> None:
    assert values("In Moura a flood killed 40 people.", "Rebels shot at Moura, and 30 people died.") == []


def test_a_name_of_the_subject_of_all_that_is_known_tells_no_event() -> None:
    others = [f"The mayor of Moura opened bridge {number}." for number in range(1001, 1051)]
    assert values("Floods killed 500 people in Moura in March 2022.", MASSACRE) == [("300", "500")]
    assert values("Floods killed 500 people in Moura in March 2022.", MASSACRE, *others) == []


def test_the_latest_known_toll_is_the_one_that_changed() -> None:
    now = "A report counts 500 dead of the massacre in Moura in March 2022."
    first = "Soldiers killed 200 men in Moura in March 2022."
    old = known_text(first, source="old.md")
    assert values(now, first, MASSACRE) == [("300", "500")]
    new = replace(known_text(MASSACRE, source="new.md"), date=old.date)
    early = replace(old, date=None)
    assert [(each.was, each.now) for each in changed(now, known_set(new, early))] == [("300", "500")]


def test_a_name_is_counted_as_what_it_stands_for() -> None:
    """Who knows that HAGU is the harbour guards knows how many there are."""
    told = (
        "The northern harbour guards, known as HAGU, have held Tarvik.",
        "Some 15,000 guards have held northern Tarvik.",
    )
    (change,) = changed("The 13,000-strong HAGU force has held northern Tarvik.", known_set(*told))
    assert (change.was, change.now) == ("15,000", "13,000")
    assert change.what.startswith("strong HAGU")
    assert values("The 13,000-strong HAGU force has held northern Tarvik.", told[1]) == []
    assert values("The 3,000-strong HAGU force has held northern Tarvik.", *told) == []


def test_dead_and_injured_are_not_one_count() -> None:
    known = "The ferry fire at the harbour of Tarvik injured 40 dockers on board."
    assert values("The ferry fire at the harbour of Tarvik killed 55 dockers on board.", known) == []


QUAKE = (
    "A quake struck Karvel on Tuesday, killing 41 people.",
    "Karvel was cut off by the quake.",
    "The quake buried the market of Karvel.",
    "Soldiers dug in Karvel after the quake.",
)


def under(title: str, sentence: str, *known: str) -> list[tuple[str, str]]:
    seen, told = features(sentence, "en"), known_set(*known)
    found = changes(seen, told, told.nearest(seen, CANDIDATES), features(title, "en"))
    return [(change.was, change.now) for change in found]


def test_a_toll_that_rises_is_seen_though_all_that_is_known_is_of_one_event() -> None:
    title = "Karvel quake: hopes fade"
    assert under(title, "The number of dead in the Karvel quake climbed to 164.", *QUAKE) == [("41", "164")]
    assert under(title, "Officials put the final death toll at 212.", *QUAKE) == [("41", "212")]


def test_a_toll_that_rises_elsewhere_is_of_another_event() -> None:
    assert under("Ferry sinks off Tarvik", "The death toll climbed to 164.", *QUAKE) == []
    assert under("Karvel quake: hopes fade", "The death toll climbed to 164 in 2012.", "In 1999 it killed 90.") == []


@pytest.mark.parametrize(
    ("now", "known"),
    [
        ("Guards left 31 of the harbour cranes of Tarvik.", "Guards hold 46 harbour cranes of Tarvik."),
        ("Guards hold 31 harbour cranes of Tarvik.", "Guards hold another 46 harbour cranes of Tarvik."),
        ("Guards of Tarvik held him three days after the harbour fire.", "Guards of Tarvik lost 5 harbour cranes."),
        ("Dockers of Tarvik pay 31 euros for harbour cranes.", "Dockers of Tarvik pay 46 percent for harbour cranes."),
        ("The mayor ruled the harbour of Tarvik 14 years.", "The mayor of the harbour of Tarvik got 11 years."),
    ],
)
def test_parts_and_other_units_are_no_changes(now: str, known: str) -> None:
    assert values(now, known) == []


def test_a_price_that_moves_is_a_change_whatever_stands_behind_it() -> None:
    known = "The harbour of Tarvik agreed a fee of 48 million euros with the owners."
    assert values("The fee of the Tarvik harbour is 41 million euros, both said.", known) == [
        ("48 million", "41 million")
    ]


def test_a_share_that_was_told_since_is_no_change() -> None:
    known = ("At noon turnout stood at 51 percent in Tarvik.", "Turnout reached 68 percent.")
    assert values("Turnout was 68 percent.", *known) == []

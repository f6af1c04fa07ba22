"""Corrections: what an edited article says otherwise than its earlier version."""

import pytest
from article_samples import article

from monitor.analysis.corrections import MOST_EDITED, MOST_WORDS, Edit, edits, is_later, sounds_alike
from monitor.model.judgement import Change, Copy

FIRST = (
    "The mayor of Tarvik, Karin Lund, said on Friday that 300 people were killed in the village of Moura. "
    "The report was published on March 12 after a year of work. Foreign minister Abdoulaye Diop rejected it as biased. "
    "El Ghassim Wane, who leads the mission, called for calm. Wane will brief the council in New York next week. "
    "The United Nations had 15,000 troops in the country in 2013."
)


def edited(was: str, now: str, *, text: str = FIRST, title: str = "", language: str = "en") -> tuple[Edit, ...]:
    """Return the edits of a text in which some words were replaced."""
    assert was in text
    earlier = article(text, title=title, entry_id="first", language=language)
    return edits(article(text.replace(was, now), title=title, language=language), earlier)


def told(found: tuple[Edit, ...]) -> list[tuple[str, str, str]]:
    return [(change.what, change.was, change.now) for each in found for change in each.changes]


@pytest.mark.parametrize(
    ("was", "now", "what"),
    [
        ("300", "500", "people were killed in the"),
        ("15,000", "13,000", "troops in the country in"),
        ("15,000 troops", "13,000 soldiers", "soldiers in the country in"),
        ("300 people", "three people", "people were killed in the"),
        ("March 12", "March 14", "after a year of work"),
        ("March 12", "12 April", "after a year of work"),
        ("March 12", "March 1", "after a year of work"),
        ("2013", "2014", "troops in the country in"),
        ("Friday", "Saturday", "that 300 people were killed"),
        ("Moura", "Mopti", "killed in the village of"),
        ("Diop", "Maiga", "rejected it as biased"),
        ("Abdoulaye Diop", "Choguel Maiga", "rejected it as biased"),
        ("Karin Lund", "Ann Lee", "The mayor of Tarvik"),
        ("New York", "Geneva", "next week"),
    ],
)
def test_another_number_date_or_name_is_a_correction(was: str, now: str, what: str) -> None:
    shown = {"300 people": ("300", "three"), "15,000 troops": ("15,000", "13,000")}.get(was, (was, now))
    [found] = edited(was, now)
    [change] = found.changes
    assert (change.was, change.now) == shown
    assert change.what == what
    assert now in change.sentence
    assert was in change.before.text
    assert (change.before.source, change.before.outlet) == ("first", "Tarvik Post")
    assert not found.is_mended


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("15,000", "15 000"),
        ("Tarvik, Karin Lund,", "Tarvik – Karin Lund –"),
        ("calm", "CALM"),
        (FIRST, " ".join(reversed(FIRST.split(" ", 20)[0].split(". ")))),
    ],
)
def test_punctuation_capitals_and_separators_are_no_edit(was: str, now: str) -> None:
    assert edited(was, now) == ()


def test_sentences_in_another_order_are_no_edit() -> None:
    parts = FIRST.rstrip(".").split(". ")
    assert edited(FIRST, ". ".join(reversed(parts)) + ".") == ()


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("village", "vilage"),
        ("village", "villlage"),
        ("rejected", "rejetced"),
        ("Moura", "Maura"),
        ("Diop rejected", "Diopp rejected"),
        ("Abdoulaye Diop", "Abdallah Diop"),
        ("El Ghassim Wane", "El-Gassim Wani"),
        ("published", "publisched"),
    ],
)
def test_a_slip_and_another_spelling_of_a_name_are_mended_words(was: str, now: str) -> None:
    [found] = edited(was, now)
    assert (found.changes, found.is_mended) == ((), True)


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("killed in", "wounded in"),
        ("calm", "restraint"),
        ("United Nations", "UN"),
        ("on Friday ", ""),
        ("a year", "two years"),
        ("The mayor of Tarvik, Karin Lund,", "Karin Lund, the mayor of Tarvik,"),
        ("in 2013", "in the country"),
        ("will", "well"),  # two common words are no slip of each other
        ("for calm", "for calm at 7"),
        ("on March 12", "in March"),  # less is no other date
    ],
)
def test_other_words_are_neither(was: str, now: str) -> None:
    [found] = edited(was, now)
    assert (found.changes, found.is_mended) == ((), False)


def test_a_name_that_begins_its_sentence_is_known_by_the_others() -> None:
    text = f"{FIRST} Ann Lee agreed, and so did Diop."
    assert told(edited("Wane will", "Diop will", text=text)) == [("will brief the council in", "Wane", "Diop")]
    assert told(edited("The report", "That report")) == []


def test_another_ending_makes_no_other_name() -> None:
    text = "По словам Путина, 300 человек погибли в деревне возле Муры в понедельник."
    assert told(edited("словам Путина", "словам Путин", text=text, language="ru")) == []
    assert [now for _, _, now in told(edited("Путина", "Лаврова", text=text, language="ru"))] == ["Лаврова"]


def test_a_name_that_only_moved_is_no_other_name() -> None:
    text = "The envoy Wane met the minister Diop in Bamako on Monday for talks about the mission."
    assert told(edited("Wane met the minister Diop", "Diop met the minister Wane", text=text)) == []


def test_a_number_written_in_another_way_is_the_same() -> None:
    text = "The fund gave 1.5 million crowns to the villages along the river on Monday."
    assert told(edited("1.5 million", "1,500,000", text=text)) == []
    assert told(edited("1.5 million", "2.5 million", text=text)) == [("million crowns to the villages", "1.5", "2.5")]
    assert told(edited("1.5 million", "0 million", text=text)) == [("million crowns to the villages", "1.5", "0")]


def test_several_changes_of_a_sentence_come_in_their_order() -> None:
    text = "The army lost 20 men and 3 tanks near Moura in the night to Monday."
    found = edited("20 men and 3 tanks near Moura", "25 men and 4 tanks near Mopti", text=text)
    assert [(was, now) for _, was, now in told(found)] == [("20", "25"), ("3", "4"), ("Moura", "Mopti")]


def test_counters_and_bylines_of_the_page_correct_nothing() -> None:
    text = f"{FIRST}\nThe page was read by 1,234 people today\n"
    assert told(edited("1,234", "1,301", text=text)) == []


def test_a_headline_may_be_corrected() -> None:
    earlier = article(FIRST, title="Report says 300 died in the village of Moura", entry_id="first")
    later = article(FIRST, title="Report says 500 died in the village of Moura")
    assert told(edits(later, earlier)) == [("died in the village of", "300", "500")]


def test_capitals_of_german_nouns_name_nobody() -> None:
    text = "Die Polizei nahm am Montag in Tarvik den Direktor der Werft wegen Betrugs fest."
    assert told(edited("Direktor", "Leiter", text=text, language="de")) == []
    assert edited("Montag", "3. Montag", text=text, language="de")[0].changes == ()


def test_an_article_that_says_nearly_all_otherwise_has_no_edits() -> None:
    lines = [f"Reading {n} of the gauge in the old town stood at mark {n} on Monday." for n in range(MOST_EDITED + 1)]
    earlier = article("\n".join(lines), entry_id="first")
    later = [line.replace("Monday", "Tuesday") for line in lines]
    assert edits(article("\n".join(later)), earlier) == ()
    assert len(edits(article("\n".join([*later[:MOST_EDITED], lines[-1]])), earlier)) == MOST_EDITED


def test_a_sentence_without_end_is_not_compared() -> None:
    text = f"He read out {'name after name ' * (MOST_WORDS // 3)}and 300 more."
    assert edited("300", "500", text=text) == ()


def test_each_sentence_stands_for_one_earlier_sentence() -> None:
    earlier = article("The gate at Moura let 20 lorries pass on Monday.", entry_id="first")
    later = article(
        "The gate at Moura let 30 lorries pass on Monday. The gate at Moura let 20 lorries pass on Sunday morning."
    )
    assert [each.sentence for each in edits(later, earlier)] == ["The gate at Moura let 30 lorries pass on Monday."]


@pytest.mark.parametrize(
    "names",
    [
        ("wane", "wani"), ("moura", "maura"), ("abdoulaye", "abdallah"), ("elghassim", "elgassim"),
        ("macron", "marcon"), ("mohamed", "muhammad"), ("qaddafi", "kadafi"), ("smith", "smyth"),
        ("lavrov", "lavrow"), ("khan", "kahn"),
    ],
)  # fmt: skip
def test_spellings_of_one_name_sound_alike(names: tuple[str, str]) -> None:
    assert sounds_alike(*names)
    assert sounds_alike(*reversed(names))


@pytest.mark.parametrize(
    "names",
    [
        ("iran", "iraq"), ("niger", "nigeria"), ("mali", "malawi"), ("mali", "bali"), ("austria", "australia"),
        ("slovakia", "slovenia"), ("traore", "goita"), ("paul", "paula"), ("tokyo", "kyoto"),
    ],
)  # fmt: skip
def test_names_of_two_sound_otherwise(names: tuple[str, str]) -> None:
    assert not sounds_alike(*names)
    assert not sounds_alike(*reversed(names))


def test_a_later_version_has_the_address_or_is_the_same_entry() -> None:
    first = article(FIRST, entry_id="first")
    assert is_later(article(FIRST), first, Copy.NEAR_COPY)
    assert not is_later(article(FIRST, url="https://post.example/b"), first, Copy.NEAR_COPY)
    assert is_later(article(FIRST, url="https://post.example/b"), first, Copy.SAME_URL)
    assert is_later(article(FIRST, url="https://post.example/b", entry_id="first\n1"), first, Copy.PART_OF)
    nowhere = article(FIRST, url=None, entry_id="second")
    assert not is_later(nowhere, article(FIRST, url=None, entry_id="first"), Copy.NEAR_COPY)


def test_a_change_holds_both_sentences() -> None:
    [found] = edited("300", "500")
    before = FIRST.partition(" The report")[0]
    after = before.replace("300", "500")
    assert found.earlier.text == before
    assert found.changes == (
        Change(what="people were killed in the", was="300", now="500", before=found.earlier, sentence=after),
    )

"""Copies: whether an article repeats an earlier one."""

import pytest
from article_samples import HARBOUR, article

from monitor.analysis.copies import belongs_to, exact, fingerprint_of, is_telling, near, says_the_same
from monitor.model.judgement import Copy

MORE = (
    " Fishermen from the southern islands sold their catch at the market instead. A ferry with sixty passengers turned "
    "back at noon. The chamber of commerce expects losses for every shop near the water. Schools closed early so that "
    "pupils could take the last bus home."
)
OTHER = "Volcanologists measured glowing lava beneath the island and asked villagers to leave before the evening."


def test_an_equal_address_or_an_equal_text_is_an_exact_copy() -> None:
    earlier = article(HARBOUR, entry_id="first")
    for kind in (Copy.SAME_URL, Copy.SAME_TEXT):
        found = exact(kind, article(HARBOUR), earlier)
        assert (found.of, found.kind, found.containment) == ("first", kind, 1.0)
    assert exact(Copy.SAME_URL, article(""), earlier).containment == 1.0


def test_what_changed_at_an_address_is_told_by_how_much_of_it_is_the_same() -> None:
    changed = exact(Copy.SAME_URL, article(HARBOUR.replace("15,000", "27,000")), article(HARBOUR, entry_id="first"))
    assert 0.8 < changed.containment < 1.0


def test_a_short_text_is_the_same_only_under_the_same_headline() -> None:
    """Of a feed that puts "Read more" under everything."""
    one, other = article("Read more", title="Ministers meet"), article("Read more", title="Coup in Tarvik")
    assert not is_telling(one, other)
    assert is_telling(one, article("Read more", title="MINISTERS meet!"))
    assert is_telling(article(HARBOUR, title="A"), article(HARBOUR, title="B"))


def test_headlines_alone_say_the_same_where_they_are_the_same() -> None:
    assert says_the_same(article("", title="Coup in Tarvik"), article(HARBOUR, title="Coup in Tarvik"))
    assert not says_the_same(article("", title="Coup in Tarvik"), article("", title="Ministers meet"))


def test_a_rewrite_that_keeps_most_of_a_text_is_a_near_copy() -> None:
    rewrite = article(HARBOUR.replace("The mayor asked both sides to negotiate.", OTHER), entry_id="second")
    found = near(rewrite, [article(HARBOUR, entry_id="first")])
    assert found is not None
    assert (found.of, found.kind) == ("first", Copy.NEAR_COPY)
    assert 0.4 < found.containment < 0.9


def test_a_title_is_no_part_of_a_copy() -> None:
    """Desks rewrite titles first."""
    found = near(article(HARBOUR, title="Strike!", entry_id="b"), [article(HARBOUR, title="Dockers stay")])
    assert found is not None
    assert (found.kind, found.containment) == (Copy.SAME_TEXT, 1.0)


def test_the_same_words_in_other_typography_are_the_same_text() -> None:
    found = near(article(HARBOUR.replace(" ", "  ").upper(), entry_id="b"), [article(HARBOUR)])
    assert found is not None
    assert found.kind is Copy.SAME_TEXT


def test_a_text_cut_out_of_a_longer_one_is_a_part_of_it() -> None:
    found = near(article(HARBOUR, entry_id="short"), [article(HARBOUR + MORE, entry_id="long")])
    assert found is not None
    assert (found.of, found.kind) == ("long", Copy.PART_OF)


def test_a_text_that_adds_to_a_shorter_one_is_no_part_of_it() -> None:
    found = near(article(HARBOUR + MORE, entry_id="long"), [article(HARBOUR, entry_id="short")])
    assert found is not None
    assert found.kind is Copy.NEAR_COPY


def test_a_text_of_its_own_is_no_copy() -> None:
    assert near(article(OTHER), [article(HARBOUR)]) is None
    assert near(article(HARBOUR), []) is None
    assert near(article(""), [article(HARBOUR)]) is None


def test_a_shared_phrase_makes_no_copy() -> None:
    """Three runs of words must be shared, and they must be a good part of the text."""
    assert near(article("The dockers left."), [article("The dockers left.")]) is None
    quoting = article(f"{MORE} {OTHER} The mayor asked both sides to negotiate.")
    assert near(quoting, [article(HARBOUR)]) is None


def test_the_earlier_article_that_holds_most_is_the_original_and_the_first_of_equals() -> None:
    partly = article(HARBOUR[:150] + OTHER, entry_id="partly")
    whole, again = article(HARBOUR, entry_id="whole"), article(HARBOUR, entry_id="again")
    for earlier in ([partly, whole, again], [whole, partly, again]):
        found = near(article(HARBOUR, entry_id="new"), earlier)
        assert found is not None
        assert found.of == "whole"


def test_of_two_that_hold_about_as_much_the_one_judged_first_is_the_original() -> None:
    """Two desks put the same stranger's paragraph before two different stories: neither is the other's original."""
    story, other_copy = article(HARBOUR, entry_id="story"), article(f"{MORE} {OTHER}", entry_id="copy")
    found = near(article(f"{MORE} {HARBOUR}", entry_id="new"), [story, other_copy])
    assert found is not None
    assert (found.of, found.kind) == ("story", Copy.NEAR_COPY)


def test_an_article_judged_first_that_holds_much_less_is_not_the_original() -> None:
    quoted, whole = article(HARBOUR[:150], entry_id="quoted"), article(HARBOUR + MORE, entry_id="whole")
    found = near(article(HARBOUR + MORE, entry_id="new"), [quoted, whole])
    assert found is not None
    assert (found.of, found.containment) == ("whole", 1.0)


@pytest.mark.parametrize(
    ("sentence", "is_added"),
    [
        ("Dockers in Tarvik voted to end their walkout at the harbour.", True),
        ("The mayor asked both sides to negotiate, and Tarvik's dockers agreed.", False),  # a run of three is copied
        ("The author captures the zeitgeist and brings readers fresh perspectives.", False),  # of another matter
        (OTHER, False),
        ("", False),
    ],
)
def test_what_belongs_to_a_text_and_is_not_copied_from_it_was_added(sentence: str, is_added: bool) -> None:
    assert belongs_to(sentence, article(HARBOUR)) is is_added


def test_a_fingerprint_is_that_of_the_text_as_it_is_folded() -> None:
    assert fingerprint_of(article("The DOCKERS left…")) == fingerprint_of(article("the dockers — left", title="x"))
    assert fingerprint_of(article("")) == frozenset()


def test_a_short_text_shares_a_phrase_without_being_a_copy() -> None:
    """A place and its island stand in every report from there."""
    closed = article("The airport of Valdo on the island of Terona was closed on Monday.", entry_id="first")
    opened = article("The airport of Valdo on the island of Terona is open again.", entry_id="second")
    assert near(opened, [closed]) is None


def test_a_page_that_was_rewritten_in_place_says_something_else() -> None:
    earlier = article(HARBOUR, entry_id="first")
    assert says_the_same(article(HARBOUR, entry_id="second"), earlier)
    assert says_the_same(article("", entry_id="second"), earlier)
    assert not says_the_same(article(OTHER, entry_id="second"), earlier)

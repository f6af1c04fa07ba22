"""Whether a listed entry is one that its feed listed before."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from monitor.analysis import identity
from monitor.analysis.identity import MOST_COMPARED, Effort, Identity, KnownEntry, Listed, Sighting, other_guid

ENTRY = Listed(
    guid="g1",
    url_key="https://example.org/orla",
    title="Ferry Orla sinks off Tarvik",
    summary="The ferry Orla sank on Monday with 210 people aboard, its master said.",
)
OTHER = Listed(
    guid="g2",
    url_key="https://example.org/lund",
    title="Mayor resigns over bribes",
    summary="Karin Lund stepped down after crowns were found.",
)


def known(listed: Listed, *, with_hash: bool = True) -> KnownEntry:
    return KnownEntry(n=1, listed=listed, words_hash=listed.words_hash if with_hash else None)


def identify(
    listed: Listed, *, by_guid: Sequence[KnownEntry], by_link: Sequence[KnownEntry], by_words: Sequence[KnownEntry]
) -> Identity:
    return identity.identify(listed, by_guid=by_guid, by_link=by_link, by_words=by_words, effort=Effort())


def test_what_nobody_knows_is_new() -> None:
    found = identify(ENTRY, by_guid=(), by_link=(), by_words=())
    assert (found.sighting, found.guid, found.known) == (Sighting.NEW, "g1", None)


def test_the_same_guid_and_words_are_the_same_entry_whatever_its_link() -> None:
    found = identify(
        replace(ENTRY, url_key="https://example.org/moved"), by_guid=[known(ENTRY)], by_link=(), by_words=()
    )
    assert (found.sighting, found.is_renamed) == (Sighting.SAME, False)


def test_an_entry_stored_without_a_hash_is_taken_for_the_same() -> None:
    """A version before this one kept none; taking all for edited would be wrong about every entry."""
    stored = known(replace(ENTRY, title="Ferry sinks"), with_hash=False)
    assert identify(ENTRY, by_guid=[stored], by_link=(), by_words=()).sighting is Sighting.SAME


@pytest.mark.parametrize(
    "edited",
    [
        replace(ENTRY, title="Ferry Orla sinks off Tarvik, 210 aboard"),
        replace(ENTRY, title="What we know of the Tarvik disaster", summary="All were saved."),
        replace(ENTRY, url_key="https://example.org/orla-2", summary=ENTRY.summary + " All were saved."),
    ],
)
def test_the_same_guid_with_other_words_is_an_edit(edited: Listed) -> None:
    found = identify(edited, by_guid=[known(ENTRY)], by_link=(), by_words=())
    assert (found.sighting, found.guid) == (Sighting.EDITED, "g1")


def test_a_guid_given_to_another_article_is_a_new_entry_under_a_guid_of_its_own() -> None:
    recycled = replace(OTHER, guid="g1")
    found = identify(recycled, by_guid=[known(ENTRY)], by_link=(), by_words=())
    assert (found.sighting, found.guid) == (Sighting.NEW, other_guid(recycled))
    again = identify(
        recycled, by_guid=[known(ENTRY), known(replace(recycled, guid=found.guid))], by_link=(), by_words=()
    )
    assert (again.sighting, again.guid) == (Sighting.SAME, found.guid)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Car bomb in Gao kills three soldiers", "Car bomb in Kidal wounds ten soldiers"),
        ("Explosion in Gao", "Explosion in Timbuktu"),
    ],
)
def test_articles_of_one_kind_under_one_guid_are_told_apart_by_their_addresses(first: str, second: str) -> None:
    one = Listed(guid="latest", url_key="https://example.org/1", title=first, summary="The army said so on Monday.")
    other = Listed(guid="latest", url_key="https://example.org/2", title=second, summary="The army said so on Monday.")
    assert identify(other, by_guid=[known(one)], by_link=(), by_words=()).sighting is Sighting.NEW


def test_without_addresses_a_guid_keeps_an_edited_text_and_loses_another_one() -> None:
    bare, edited = replace(ENTRY, url_key=None), replace(ENTRY, url_key=None, title="Ferry Orla sinks off Tarvik coast")
    assert identify(edited, by_guid=[known(bare)], by_link=(), by_words=()).sighting is Sighting.EDITED
    another = replace(OTHER, guid="g1", url_key=None)
    assert identify(another, by_guid=[known(bare)], by_link=(), by_words=()).sighting is Sighting.NEW


def test_another_guid_with_the_same_link_and_words_is_the_same_entry() -> None:
    found = identify(replace(ENTRY, guid="new"), by_guid=(), by_link=[known(ENTRY)], by_words=())
    assert (found.sighting, found.guid, found.is_renamed) == (Sighting.SAME, "g1", True)


def test_another_guid_with_the_same_link_and_nearly_the_same_words_is_an_edit() -> None:
    edited = replace(ENTRY, guid="new", title="Ferry Orla sinks off Tarvik: master")
    found = identify(edited, by_guid=(), by_link=[known(ENTRY)], by_words=())
    assert (found.sighting, found.guid, found.is_renamed) == (Sighting.EDITED, "g1", True)


def test_a_page_that_carries_one_article_after_another_brings_new_ones() -> None:
    """A live page keeps its address: another guid and other words are news."""
    live = replace(OTHER, url_key=ENTRY.url_key)
    assert identify(live, by_guid=(), by_link=[known(ENTRY)], by_words=()).sighting is Sighting.NEW


def test_words_alone_name_an_entry_only_where_no_link_does_and_they_are_enough() -> None:
    bare = replace(ENTRY, url_key=None)
    renamed = identify(replace(bare, guid="new"), by_guid=(), by_link=(), by_words=[known(ENTRY)])
    assert (renamed.sighting, renamed.is_renamed) == (Sighting.SAME, True)
    elsewhere = replace(ENTRY, guid="new", url_key="https://example.org/second-edition")
    assert identify(elsewhere, by_guid=(), by_link=(), by_words=[known(ENTRY)]).sighting is Sighting.NEW
    brief = Listed(guid="new", url_key=None, title="Weather", summary="")
    stored = replace(brief, guid="g9", url_key="https://example.org/weather")
    assert identify(brief, by_guid=(), by_link=(), by_words=[known(stored)]).sighting is Sighting.NEW


def test_an_entry_that_says_nothing_resembles_nothing() -> None:
    empty = Listed(guid="g1", url_key=None, title="", summary="")
    assert identify(empty, by_guid=[known(ENTRY)], by_link=(), by_words=()).sighting is Sighting.NEW


# --- in doubt an entry is new -----------------------------------------------------------------------------------------


def test_a_few_words_without_a_link_name_nothing() -> None:
    """A feed's every entry may be called "Update"."""
    one, other = (Listed(guid=guid, url_key=None, title="Update", summary="") for guid in "ab")
    assert identify(other, by_guid=(), by_link=(), by_words=[known(one)]).sighting is Sighting.NEW
    at_home = [replace(each, url_key="https://example.org") for each in (one, other)]
    found = identify(at_home[1], by_guid=(), by_link=[known(at_home[0])], by_words=[known(at_home[0])])
    assert found.sighting is Sighting.NEW
    long = [replace(each, title=ENTRY.title, summary=ENTRY.summary) for each in at_home]
    assert identify(long[1], by_guid=(), by_link=(), by_words=[known(long[0])]).sighting is Sighting.SAME


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            "Magnitude 5.1 earthquake off the coast of northern Chile",
            "Magnitude 5.2 earthquake off the coast of northern Chile",
        ),
        (
            "Bomb in the market of Gao kills many on Monday, police say",
            "Bomb in the market of Gao kills 12 many on Monday, police say",
        ),
    ],
)
def test_under_another_guid_another_number_is_another_entry(first: str, second: str) -> None:
    one = Listed(guid="a", url_key="https://example.org/live", title=first, summary="")
    other = replace(one, guid="b", title=second)
    assert identify(other, by_guid=(), by_link=[known(one)], by_words=()).sighting is Sighting.NEW
    assert identify(replace(other, guid="a"), by_guid=[known(one)], by_link=(), by_words=()).sighting is Sighting.EDITED


@pytest.mark.parametrize(
    ("url_key", "is_front"),
    [
        ("https://example.org", True),
        ("https://example.org/", True),
        ("https://example.org/a", False),
        ("https://example.org?id=5", False),
    ],
)
def test_a_front_page_is_no_entrys_own_address(url_key: str, is_front: bool) -> None:
    one = replace(ENTRY, url_key=url_key)
    other = replace(one, guid="new", title="Ferry Orla sinks off Tarvik: master")
    found = identify(other, by_guid=(), by_link=[known(one)], by_words=())
    assert found.sighting is (Sighting.NEW if is_front else Sighting.EDITED)


def test_an_address_of_several_entries_names_none_of_them() -> None:
    edited = replace(ENTRY, guid="new", title="Ferry Orla sinks off Tarvik: master")
    at_link = [known(ENTRY), known(replace(OTHER, url_key=ENTRY.url_key))]
    assert identify(edited, by_guid=(), by_link=at_link, by_words=()).sighting is Sighting.NEW
    assert identify(replace(ENTRY, guid="new"), by_guid=(), by_link=at_link, by_words=()).sighting is Sighting.SAME


def test_another_guid_is_not_taken_for_one_stored_without_a_hash_of_other_words() -> None:
    stored = known(replace(OTHER, url_key=ENTRY.url_key), with_hash=False)
    assert identify(ENTRY, by_guid=(), by_link=[stored], by_words=()).sighting is Sighting.NEW
    stored = known(ENTRY, with_hash=False)
    assert identify(replace(ENTRY, guid="new"), by_guid=(), by_link=[stored], by_words=()).sighting is Sighting.SAME


def test_long_texts_are_compared_only_so_often() -> None:
    """A stranger says how many there are, and the store waits meanwhile."""
    long = replace(ENTRY, url_key=None, summary=ENTRY.summary + " and" * 1_000)
    edited = replace(long, title=long.title + " again")
    effort = Effort()
    sightings = [
        identity.identify(edited, by_guid=[known(long)], by_link=(), by_words=(), effort=effort).sighting
        for _ in range(50)
    ]
    assert sightings[0] is Sighting.EDITED
    assert sightings[-1] is Sighting.NEW
    assert sightings.count(Sighting.EDITED) == -(
        -MOST_COMPARED // (len(long.summary) * 2 + len(long.title + edited.title) + 2)
    )
    assert effort.chars <= 0
    known_at_link = [known(replace(long, url_key=ENTRY.url_key))]
    found = identity.identify(
        replace(edited, guid="new", url_key=ENTRY.url_key),
        by_guid=(),
        by_link=known_at_link,
        by_words=(),
        effort=effort,
    )
    assert found.sighting is Sighting.NEW

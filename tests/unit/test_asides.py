"""Asides: what a host writes under every story is no part of any of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from monitor.analysis.asides import (
    LAST,
    MOST,
    OVER,
    REMEMBERED,
    RENEWED,
    SHORT,
    UNRELATED,
    Asides,
    Sighting,
    candidates,
    judge,
)
from monitor.model.article import Article
from tests.article_samples import MAY_2, article

BLURB = "Our desk answers letters from readers on Fridays"
NEWS = "Troops left the northern base on Friday, and the governor said that the road would stay closed until June."
MORE = "The mayor of Tarvik asked both sides to negotiate, and a second ferry was sent to the island in the evening."
TEXT = f"{NEWS}\n{MORE}\n{BLURB}"
TITLES = ("Ferry Orla sinks off Tarvik", "Mayor Lund resigns over bribes", "Bears seen near school in Velka")


def seen(*titles: str, ago: timedelta = timedelta(days=1)) -> tuple[Sighting, ...]:
    return tuple(Sighting(title=title, language="en", seen_at=MAY_2 - ago) for title in titles)


def judged(text: str, earlier: Sequence[Sighting] = (), *, line: str = BLURB, title: str = TITLES[0]) -> Asides:
    """What is set aside of a text, one of whose lines was seen before."""
    read = article(text, title=title)
    hashes = candidates(read)
    places = [at for at, each in enumerate(text.split("\n")) if each == line and at in hashes]
    return judge(read, hashes, {hashes[at]: tuple(earlier) for at in places})


# --- lines that a host repeats ----------------------------------------------------------------------------------------


def test_a_line_under_three_unrelated_stories_is_the_hosts() -> None:
    assert judged(TEXT, seen(*TITLES[1:])).repeated == (2,)


@pytest.mark.parametrize(
    "titles",
    [
        (),
        TITLES[1:2],
        (TITLES[1], TITLES[1]),
        (TITLES[1], "Bribes: mayor Lund to be charged"),
        (TITLES[1], "Tarvik mourns the Orla"),
        (TITLES[1], ""),
        (TITLES[1], "What was that?"),
    ],
)
def test_two_stories_are_not_enough(titles: Sequence[str]) -> None:
    """However often it is written: the first lines of a live blog stand in all of its parts."""
    assert not judged(TEXT, seen(*titles)).repeated


def test_an_update_of_a_story_does_not_free_a_line_that_others_have() -> None:
    """It may be related to one of those that had the line, while two more had it as well."""
    assert judged(TEXT, seen("The Orla sinks: what is known", *TITLES[1:])).repeated == (2,)


def test_a_story_that_is_long_over_is_another_one() -> None:
    """A host with one subject has its name in every title."""
    titles = ("Tarvik votes", "Tarvik pays")
    here = "Tarvik dances"
    fresh = seen(titles[0]) + seen(titles[1], ago=timedelta(days=2))
    assert not judged(TEXT, fresh, title=here).repeated
    apart = seen(titles[0], ago=OVER * 1.5) + seen(titles[1], ago=OVER * 3)
    assert judged(TEXT, apart, title=here).repeated == (2,)


def test_the_headline_stands_whatever_was_seen() -> None:
    text = f"{TITLES[0]}\n{NEWS}\n{MORE}"
    assert not judged(text, seen(*TITLES[1:]), line=TITLES[0]).lines
    assert judged(text, seen(*TITLES[1:]), line=TITLES[0], title="Another").lines == (0,)
    assert not judged(f"Leave a reply\n{NEWS}\n{MORE}", title="Leave a reply").lines


def test_a_text_that_would_hardly_be_left_is_left_whole() -> None:
    assert not judged(f"{BLURB}\nHe left.", seen(*TITLES[1:])).lines
    assert not judged("Leave a reply").lines
    assert not judged("").lines


# --- which lines may be the host's ------------------------------------------------------------------------------------


def test_short_lines_and_the_edges_of_a_text_may_be_the_hosts() -> None:
    long = [f"{n} {NEWS}" for n in range(9)]
    assert sorted(candidates(article("\n".join(long)))) == [0, 1, 6, 7, 8]
    long[4] = "x" * SHORT
    assert sorted(candidates(article("\n".join(long)))) == [0, 1, 4, 6, 7, 8]


def test_lines_that_say_nothing_are_never_looked_up() -> None:
    assert sorted(candidates(article(f"{NEWS}\n* * *\n\n—\n5\nМали"))) == [0, 4, 5]


def test_a_long_list_is_looked_up_in_part_with_its_end() -> None:
    text = "\n".join(f"Row {n}" for n in range(5 * MOST))
    assert sorted(candidates(article(text))) == [*range(MOST - LAST), *range(5 * MOST - LAST, 5 * MOST)]


def test_a_line_is_known_again_in_other_letters_and_spaces() -> None:
    assert candidates(article("OUR  Desk\tanswers"))[0] == candidates(article("our desk answers"))[0]
    assert candidates(article("our desk answers"))[0] != candidates(article("our desk answered"))[0]
    assert candidates(article("\ud800 broken"))[0] >= 0


# --- what is remembered -----------------------------------------------------------------------------------------------


def hash_of(line: str) -> int:
    return candidates(article(line))[0]


def test_a_line_is_noted_until_it_is_known() -> None:
    assert hash_of(BLURB) in judged(TEXT).noted
    assert hash_of(BLURB) in judged(TEXT, seen(TITLES[1])).noted
    assert hash_of(BLURB) not in judged(TEXT, seen(*TITLES[1:])).noted


def test_another_part_of_the_same_story_is_not_noted() -> None:
    assert hash_of(BLURB) not in judged(TEXT, seen("The Orla sinks: what is known")).noted


def test_a_known_line_is_noted_again_before_it_is_forgotten() -> None:
    assert hash_of(BLURB) in judged(TEXT, seen(*TITLES[1:], ago=RENEWED)).noted
    assert RENEWED * UNRELATED < REMEMBERED


def test_a_phrase_needs_no_memory() -> None:
    found = judged(f"{NEWS}\n{MORE}\nLeave a reply")
    assert found.phrases == (2,)
    assert hash_of("Leave a reply") not in found.noted


def test_a_line_that_stands_twice_is_set_aside_twice_and_noted_once() -> None:
    text = f"{BLURB}\n{NEWS}\n{MORE}\n{BLURB}"
    assert judged(text, seen(*TITLES[1:])).lines == (0, 3)
    assert judged(text).noted.count(hash_of(BLURB)) == 1


def test_a_host_shows_its_line_under_every_story_and_is_found_out_at_the_third() -> None:
    """And stays found out, with a handful of rows, as long as it goes on."""
    known: list[Sighting] = []
    hidden: list[bool] = []
    for day in range(400):
        words = f"{'abcdefghij'[day % 10] * 5} {'klmnopqrst'[day // 10 % 10] * 5} {'uvwxyz'[day // 100] * 5}"
        now = MAY_2 + timedelta(days=day)
        found = step(f"{words} arrives", now, known)
        hidden.append(found.repeated == (2,))
        if hash_of(BLURB) in found.noted:
            known.append(Sighting(title=f"{words} arrives", language="en", seen_at=now))
    assert hidden.index(True) >= UNRELATED - 1
    assert all(hidden[hidden.index(True) :])
    assert len(known) <= 400 // RENEWED.days + 2 * UNRELATED


def step(title: str, now: datetime, known: Sequence[Sighting]) -> Asides:
    read: Article = article(TEXT, title=title)
    read = replace(read, entry=replace(read.entry, first_seen=now))
    kept = tuple(each for each in reversed(known) if each.seen_at >= now - REMEMBERED)
    hashes = candidates(read)
    return judge(read, hashes, {hashes[2]: kept})

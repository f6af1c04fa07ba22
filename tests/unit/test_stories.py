"""Stories: which event an article belongs to."""

from dataclasses import replace

from article_samples import HARBOUR, MAY_1, MAY_2, article

from monitor.analysis.stories import place
from monitor.model.story import Story

LAVA = (
    "Volcanologists measured glowing lava beneath the island of Hekkar and asked villagers to leave before the "
    "evening. Ash fell on the roofs of the villages."
)
FOLLOW_UP = (
    "Dockers in the northern harbour of Tarvik went on with their strike on Thursday. The ferry company offered them "
    "wages that are a little higher."
)


def story(text: str, title: str, entry_id: str) -> Story:
    return place(article(text, title=title, entry_id=entry_id), [], "coast", now=MAY_1).story


STRIKE = story(HARBOUR, "Dockers strike in Tarvik harbour", "strike")
VOLCANO = story(LAVA, "Lava rises beneath Hekkar", "volcano")


def test_the_first_article_opens_a_story_with_its_title() -> None:
    placement = place(article(HARBOUR, title="Dockers strike"), [], "coast", now=MAY_1)
    assert (placement.is_new, placement.likeness) == (True, 0.0)
    assert (placement.story.title, placement.story.watch, placement.story.articles) == ("Dockers strike", "coast", 1)
    assert (placement.story.created, placement.story.updated) == (MAY_1, MAY_1)


def test_the_same_article_opens_the_same_story_and_another_watch_another_one() -> None:
    """Assessing twice must give the same id; two readers' stories are not one."""
    one = place(article(HARBOUR), [], "coast", now=MAY_1).story.id
    assert place(article(HARBOUR), [VOLCANO], "coast", now=MAY_2).story.id == one
    assert place(article(HARBOUR), [], "ports", now=MAY_1).story.id != one
    assert place(article(HARBOUR, entry_id="e2"), [], "coast", now=MAY_1).story.id != one


def test_a_follow_up_joins_the_story_of_its_event() -> None:
    placement = place(article(FOLLOW_UP, title="Tarvik dockers refuse an offer"), [VOLCANO, STRIKE], "coast", now=MAY_2)
    assert (placement.story.id, placement.is_new) == (STRIKE.id, False)
    assert 0.25 < placement.likeness < 1.0
    assert (placement.story.articles, placement.story.title) == (2, STRIKE.title)
    assert (placement.story.created, placement.story.updated) == (MAY_1, MAY_2)


def test_a_joined_story_remembers_the_words_of_both_articles() -> None:
    joined = place(article(FOLLOW_UP, title="Tarvik dockers refuse an offer"), [STRIKE], "coast", now=MAY_2).story
    assert STRIKE.terms.keys() < joined.terms.keys()
    assert joined.terms["docker"] > STRIKE.terms["docker"]


def test_another_event_opens_another_story() -> None:
    placement = place(article(LAVA, title="Lava rises", entry_id="new"), [STRIKE], "coast", now=MAY_2)
    assert placement.is_new
    assert placement.story.id not in (STRIKE.id, VOLCANO.id)


def test_a_copy_belongs_to_the_story_of_what_it_copies() -> None:
    """Even where its words look like another event, or like nothing."""
    for text in (HARBOUR, LAVA, ""):
        placement = place(article(text), [STRIKE, VOLCANO], "coast", now=MAY_2, of=VOLCANO.id)
        assert (placement.story.id, placement.is_new) == (VOLCANO.id, False)


def test_a_copy_of_what_no_open_story_holds_is_placed_by_its_words() -> None:
    assert place(article(FOLLOW_UP), [VOLCANO, STRIKE], "coast", now=MAY_2, of="gone").story.id == STRIKE.id


def test_a_title_says_what_an_article_is_about() -> None:
    """A headline alone, as some feeds give it, finds its story."""
    headline = article("", title="Lava beneath Hekkar rises again")
    assert place(headline, [STRIKE, VOLCANO], "coast", now=MAY_2).story.id == VOLCANO.id


def test_an_article_without_telling_words_is_like_nothing() -> None:
    assert place(article("And so it is."), [STRIKE], "coast", now=MAY_2).is_new


def test_words_of_every_open_story_tell_events_apart_the_least() -> None:
    """Where all stories are of one town, its name says little: else all would run into one."""
    town = "The mayor of Tarvik spoke in the harbour of Tarvik."
    quiet = article(f"{town} Violinists rehearsed a symphony.", title="Tarvik: Violinists rehearse", entry_id="quiet")
    alone = place(quiet, [STRIKE], "coast", now=MAY_2, of=STRIKE.id).likeness
    others = [replace(VOLCANO, id=str(n), terms={"tarvik": 1.0, "harbour": 1.0, "mayor": 1.0}) for n in range(12)]
    crowded = place(quiet, [STRIKE, *others], "coast", now=MAY_2, of=STRIKE.id).likeness
    assert crowded < alone


def test_a_story_keeps_only_its_heaviest_words() -> None:
    words = [f"{first}{second}rax" for first in "bcdfghklmnprstvz" for second in "bcdfghklmnprstvz"]
    long = place(article(" ".join(words[:120])), [], "coast", now=MAY_1).story
    grown = place(article(" ".join(words[120:])), [long], "coast", now=MAY_2, of=long.id).story
    assert len(grown.terms) <= 200


def test_only_the_lead_of_an_article_places_it() -> None:
    """What an article says of other events stands further down."""
    lead = FOLLOW_UP * 7
    with_rest = place(article(f"{lead} {LAVA}"), [], "coast", now=MAY_1).story
    assert with_rest.terms == place(article(lead), [], "coast", now=MAY_1).story.terms

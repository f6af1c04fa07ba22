"""Stories: which event an article belongs to."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from article_samples import HARBOUR, MAY_1, MAY_2, article

from monitor.analysis.stories import (
    LEADING,
    MOST_HOLDERS,
    MOST_TERMS,
    WINDOW,
    Placement,
    Spread,
    leading,
    likeness,
    merged,
    terms_of,
)
from monitor.analysis.stories import place as place_by
from monitor.model.article import Article
from monitor.model.story import Story

LAVA = (
    "Volcanologists measured glowing lava beneath the island of Hekkar and asked villagers to leave before the "
    "evening. Ash fell on the roofs of the villages."
)
FOLLOW_UP = (
    "Dockers in the northern harbour of Tarvik went on with their strike on Thursday. The ferry company offered them "
    "wages that are a little higher."
)


def spread_of(stories: Sequence[Story]) -> Spread:
    """In how many of these stories each word stands."""
    return Spread(total=len(stories), holders=Counter(term for story in stories for term in story.terms))


def place(article: Article, stories: Sequence[Story], watch: str, *, now: datetime, of: str | None = None) -> Placement:
    return place_by(article, terms_of(article), stories, watch, spread=spread_of(stories), now=now, of=of)


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
    assert len(grown.terms) == MOST_TERMS


def test_only_the_lead_of_an_article_places_it() -> None:
    """What an article says of other events stands further down."""
    lead = FOLLOW_UP * 7
    with_rest = place(article(f"{lead} {LAVA}"), [], "coast", now=MAY_1).story
    assert with_rest.terms == place(article(lead), [], "coast", now=MAY_1).story.terms


def test_the_longer_ago_a_story_moved_the_more_alike_an_article_must_be() -> None:
    """The same words half a year later are seldom the same event; the very same report still is."""
    follow_up, other = article(FOLLOW_UP), {f"word{n}": 3.0 for n in range(40)}
    grown = next(
        story
        for story in (replace(STRIKE, terms={**STRIKE.terms, **dict(list(other.items())[:n])}) for n in range(40))
        if likeness(terms_of(follow_up), story.terms, spread_of([story])) < 0.24
    )
    assert not place(follow_up, [grown], "coast", now=MAY_1).is_new
    assert place(follow_up, [grown], "coast", now=MAY_1 + WINDOW).is_new
    assert not place(article(HARBOUR, title=STRIKE.title), [STRIKE], "coast", now=MAY_1 + WINDOW).is_new


def test_of_two_stories_that_are_alike_the_one_that_moved_last_is_joined() -> None:
    older = replace(STRIKE, id="older", updated=MAY_1 - timedelta(days=60))
    for stories in ([older, STRIKE], [STRIKE, older]):
        assert place(article(FOLLOW_UP), stories, "coast", now=MAY_2).story.id == STRIKE.id


def test_a_clock_that_went_back_makes_no_story_fade() -> None:
    assert not place(article(FOLLOW_UP), [STRIKE], "coast", now=MAY_1 - timedelta(days=300)).is_new


def test_stories_are_looked_up_by_the_words_that_few_of_them_have() -> None:
    terms = {"mali": 3.0, "ber": 2.0, "camp": 1.0, "unheard": 3.0, "everywhere": 3.0}
    spread = Spread(total=900, holders={"mali": 900, "ber": 2, "camp": 5, "everywhere": MOST_HOLDERS + 1})
    assert leading(terms, spread) == ("ber", "camp", "mali")
    many = {f"w{n:02}": 1.0 for n in range(LEADING + 5)}
    assert len(leading(many, Spread(total=9, holders=dict.fromkeys(many, 1)))) == LEADING


def test_a_word_of_every_story_tells_a_tenth_and_one_of_a_single_story_all() -> None:
    spread = Spread(total=100, holders={"everywhere": 100, "half": 10, "once": 1})
    assert [spread.rarity(term) for term in ("everywhere", "once", "never")] == [0.1, 1.0, 1.0]
    assert 0.1 < spread.rarity("half") < 1.0
    assert Spread(total=2, holders={"both": 2}).rarity("both") > 0.5  # two stories are too few to tell


def test_two_stories_become_one_under_the_first_ones_name() -> None:
    both = merged(replace(STRIKE, created=MAY_2), replace(VOLCANO, updated=MAY_2))
    assert (both.id, both.title, both.articles) == (STRIKE.id, STRIKE.title, 2)
    assert (both.created, both.updated) == (MAY_1, MAY_2)
    assert both.terms.keys() == STRIKE.terms.keys() | VOLCANO.terms.keys()


def test_lines_that_are_no_part_of_an_article_do_not_place_it() -> None:
    text = f"Volcano lava Hekkar ash villages\n{HARBOUR}"
    assert terms_of(replace(article(text), aside=(0,))) == terms_of(article(HARBOUR))


def test_likeness_of_nothing_is_nothing() -> None:
    assert likeness({}, STRIKE.terms, Spread(total=1)) == 0.0

"""Laws of stories: an article has one place, joining counts it in, and equal input gives equal places."""

from collections import Counter
from datetime import datetime

from article_samples import MAY_1, MAY_2, article
from hypothesis import given
from hypothesis import strategies as st

from monitor.analysis.stories import Placement, Spread, terms_of
from monitor.analysis.stories import place as place_by
from monitor.model.article import Article
from monitor.model.story import Story

WORDS = "dockers strike harbour tarvik lava volcano hekkar mayor ferry police wages ash the and of said"
TEXT = st.lists(st.sampled_from(WORDS.split()), max_size=12).map(" ".join)
ARTICLE = st.builds(lambda title, text, n: article(text, title=title, entry_id=f"e{n}"), TEXT, TEXT, st.integers(0, 99))
ARTICLES = st.lists(ARTICLE, max_size=8, unique_by=lambda each: each.entry.id)


def place(each: Article, stories: list[Story], watch: str, *, now: datetime, of: str | None = None) -> Placement:
    spread = Spread(total=len(stories), holders=Counter(term for story in stories for term in story.terms))
    return place_by(each, terms_of(each), stories, watch, spread=spread, now=now, of=of)


def told(articles: list[Article]) -> dict[str, Story]:
    """The stories that articles make, one after the other."""
    stories: dict[str, Story] = {}
    for each in articles:
        story = place(each, list(stories.values()), "coast", now=MAY_1).story
        stories[story.id] = story
    return stories


def placed(each: Article, stories: dict[str, Story], of: str | None = None) -> Placement:
    return place(each, list(stories.values()), "coast", now=MAY_2, of=of)


@given(ARTICLES)
def test_every_article_is_counted_in_exactly_one_story(articles: list[Article]) -> None:
    assert sum(story.articles for story in told(articles).values()) == len(articles)


@given(ARTICLES, ARTICLE)
def test_an_article_joins_an_open_story_or_opens_one(articles: list[Article], last: Article) -> None:
    stories = told(articles)
    found = placed(last, stories)
    assert 0.0 <= found.likeness <= 1.0
    if found.is_new:
        assert (found.likeness, found.story.articles, found.story.created) == (0.0, 1, MAY_2)
    else:
        before = stories[found.story.id]
        assert found.story.articles == before.articles + 1
        assert (found.story.title, found.story.created) == (before.title, before.created)
        assert all(found.story.terms[term] >= weight for term, weight in before.terms.items())
    assert found.story.updated == MAY_2


@given(ARTICLES, ARTICLE)
def test_a_copy_is_always_in_the_story_of_its_original(articles: list[Article], last: Article) -> None:
    stories = told(articles)
    for story in stories:
        assert placed(last, stories, of=story).story.id == story


@given(ARTICLES, ARTICLE)
def test_the_order_of_open_stories_decides_nothing(articles: list[Article], last: Article) -> None:
    stories = told(articles)
    assert placed(last, stories) == placed(last, dict(reversed(stories.items())))


@given(ARTICLES, ARTICLE)
def test_an_article_joins_its_own_story_again(articles: list[Article], last: Article) -> None:
    """If it says anything at all: the same words are as like as can be, whatever else is open."""
    first = placed(last, told(articles))
    if first.is_new and first.story.terms:
        again = placed(last, {**told(articles), first.story.id: first.story})
        assert not again.is_new
        assert again.likeness > 0.999


@given(ARTICLES, ARTICLE)
def test_placing_twice_gives_the_same(articles: list[Article], last: Article) -> None:
    assert placed(last, told(articles)) == placed(last, told(articles))

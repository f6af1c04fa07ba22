"""Before: what the store knows that bears on an article.

In:  an article that a watch matched.
Out: what it repeats, the story it belongs to, what the reader was told, and by whom.
Not here: what that makes of the article (assess.py), asking the store (store/).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from monitor.analysis.copies import LEAST_SHARED, exact, fingerprint_of, is_telling, near, says_the_same
from monitor.analysis.stories import WINDOW, Placement, leading, place, terms_of
from monitor.model.article import Article
from monitor.model.confirmation import Hearsay, Unvouched
from monitor.model.judgement import Confirmation, Copy, Duplicate
from monitor.model.story import Carrier
from monitor.model.watch import KnownText, Watch
from monitor.pipeline.desk import Desk
from monitor.store import confirmations, decisions, editions, entries, knowledge, stories
from monitor.store.engine import Tx
from monitor.store.entries import StoredArticle
from monitor.text.fingerprint import sketch, text_hash

TOLD_FOR: Final = timedelta(days=90)  # what was told longer ago counts only within its own story
MOST_TOLD: Final = 60  # articles, the story's own first, then the newest
MOST_UNTOLD: Final = 20
TAKES_ALONG: Final = 0.3  # of a text in an earlier one: it is of that one's story, whatever its other words say
MOST_UNVOUCHED: Final = 20  # alerts that wait, or waited in vain, for another source

Copied = tuple[Duplicate, StoredArticle]  # how an article repeats an earlier one, and which


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What the store knows that bears on an article for one watch."""

    placement: Placement
    own: tuple[KnownText, ...]  # what the reader said is known
    told: tuple[KnownText, ...]
    untold: tuple[KnownText, ...]  # of the same story: they may say the same, as evidence
    carriers: tuple[Carrier, ...]  # of the story: of all these texts, and of what they copied
    alerts: int
    hearsay: tuple[Hearsay, ...] = ()  # of `told`, where a watch asks for other sources
    unvouched: tuple[Unvouched, ...] = ()  # newest first
    unsent: tuple[Unvouched, ...] = ()  # of the same story: they go out as they stand then

    @property
    def heard_of(self) -> frozenset[str]:
        """Entries that the reader was told of, be it as unconfirmed."""
        marked = (each.text for each in self.unvouched if each.alert.confirmation is Confirmation.UNCONFIRMED)
        return frozenset(each.source for each in (*self.told, *marked))


def look_up(tx: Tx, desk: Desk, n: int, article: Article, watch: Watch) -> tuple[Copied | None, Before]:
    """Return how an article repeats an earlier one, and what the store knows that bears on it."""
    copy = _duplicate(tx, n, article, watch.name)
    return copy, _before(tx, desk, article, watch, copy)


def _duplicate(tx: Tx, n: int, article: Article, watch: str) -> Copied | None:
    """Return how an article repeats an earlier one that this watch judged, and which: by address, text, shared runs.

    Of the versions at its own address only the last one counts: what is set back to an earlier one is no copy of that.
    """
    keys = {key for key in (article.entry.url_key, article.canonical_key) if key}
    versions = entries.judged(tx, editions.at_address(tx, article.entry) - {n}, watch)
    but = {n, *versions[:-1]}
    earlier = entries.with_address(tx, keys, but=n, watch=watch)
    if versions:
        earlier = StoredArticle(n=versions[-1], article=entries.article(tx, versions[-1]))
    if earlier and says_the_same(article, earlier.article):
        return _placed(exact(Copy.SAME_URL, article, earlier.article), [earlier])
    earlier = entries.with_text_hash(tx, text_hash(article.text or article.title), but=but, watch=watch)
    if earlier and is_telling(article, earlier.article):
        return _placed(exact(Copy.SAME_TEXT, article, earlier.article), [earlier])
    sharing = entries.sharing(tx, sketch(fingerprint_of(article)), but=n, at_least=LEAST_SHARED)
    found = {each.n: each for each in sharing if each.n not in but}
    candidates = [found[place] for place in entries.judged(tx, found, watch)]
    return _placed(near(article, [each.article for each in candidates]), candidates)


def _placed(duplicate: Duplicate | None, candidates: Iterable[StoredArticle]) -> Copied | None:
    if duplicate is None:
        return None
    return duplicate, next(each for each in candidates if each.article.entry.id == duplicate.of)


def _before(tx: Tx, desk: Desk, article: Article, watch: Watch, copy: Copied | None) -> Before:
    now, name, asks = desk.now(), watch.name, watch.confirm is not None
    own = stories.of_entry(tx, copy[1].n, name) if copy and copy[0].containment >= TAKES_ALONG else None
    placement = _placement(tx, article, name, own, now)
    story, since = placement.story.id, now - TOLD_FOR
    family = stories.family(tx, story)
    unvouched = confirmations.unvouched(tx, name, family=family, since=since, limit=MOST_UNVOUCHED) if asks else ()
    told, hearsay = decisions.told(tx, name, family=family, since=since, limit=MOST_TOLD, asks=asks, at_hand=desk.texts)
    untold = decisions.untold(tx, name, family=family, limit=MOST_UNTOLD, at_hand=desk.texts)
    unsent = confirmations.unsent(tx, name, family=family, limit=MOST_UNVOUCHED)
    named = [each.source for each in (*told, *untold)] + ([copy[0].of] if copy else [])
    named += [each.text.source for each in hearsay]
    named += [each.carrier.entry for each in (*unvouched, *unsent)]
    named += [claim.entry for each in (*unvouched, *unsent) for claim in each.alert.claims]
    return Before(
        placement=placement,
        own=knowledge.texts(tx, name),
        told=told,
        hearsay=hearsay,
        untold=untold,
        carriers=stories.carriers_of(tx, name, family, named),
        alerts=stories.alerts(tx, family),
        unvouched=unvouched,
        unsent=unsent,
    )


def _placement(tx: Tx, article: Article, watch: str, own: str | None, now: datetime) -> Placement:
    terms = terms_of(article)
    spread = stories.spread(tx, watch, terms)
    telling = {term: terms[term] * spread.rarity(term) for term in leading(terms, spread)}
    found = {story.id: story for story in stories.having(tx, watch, telling, since=now - WINDOW)}
    if own is not None and own not in found and (story := stories.get(tx, own)) is not None:
        found[own] = story
    theirs = {term for story in found.values() for term in story.terms}
    others = stories.spread(tx, watch, theirs.difference(terms))
    spread = replace(spread, holders={**spread.holders, **others.holders})
    return place(article, terms, tuple(found.values()), watch, spread=spread, now=now, of=own)

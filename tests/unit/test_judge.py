"""The judge: what becomes of one matched article for one watch."""

import pytest
from article_samples import HARBOUR, article, known_set, vector

from monitor.analysis.judge import Case, Verdict, judge, threshold_of
from monitor.analysis.known import KnownSet
from monitor.model.article import Article
from monitor.model.judgement import Copy, Duplicate, Label, Outcome, Reason

NEWS = (
    "Prosecutors charged 31 smugglers with poisoning the reservoir of Norrland. Chemists discovered arsenic beneath "
    "the pumping station. Villagers drink bottled water until engineers finish cleaning the pipes."
)


def verdict(
    of: Article,
    known: KnownSet,
    *,
    copy: Copy | None = None,
    novelty_min: float | None = None,
) -> Verdict:
    share = 1.0 if copy in (Copy.SAME_URL, Copy.SAME_TEXT) else 0.87
    duplicate = None if copy is None else Duplicate(of="first", kind=copy, containment=share)
    case = Case(
        article=of,
        known=known,
        vectors={},
        duplicate=duplicate,
        original=article(HARBOUR, entry_id="first", url="https://wire.example/harbour") if copy else None,
        novelty_min=novelty_min,
    )
    return judge(case)


def test_an_article_that_says_new_things_speaks() -> None:
    found = verdict(article(NEWS), known_set(HARBOUR))
    assert (found.outcome, found.reason) == (Outcome.ALERTED, Reason.NEW_DEVELOPMENT)
    assert found.novelty is not None
    assert found.threshold is not None
    assert found.novelty > found.threshold
    assert [each.label for each in found.sentences] == [Label.NEW] * 3
    assert found.note == f"novelty {found.novelty:.2f} reaches {found.threshold:.2f}"


def test_the_first_article_of_a_watch_without_a_baseline_speaks() -> None:
    assert verdict(article(HARBOUR), known_set()).outcome is Outcome.ALERTED


def test_an_article_of_known_sentences_is_silent_and_keeps_its_reasons() -> None:
    found = verdict(article(HARBOUR), known_set(HARBOUR))
    assert (found.outcome, found.reason) == (Outcome.KNOWN, Reason.NOTHING_NEW)
    assert found.note == "every sentence is known"
    assert all(each.nearest for each in found.sentences)


def test_a_single_new_sentence_without_a_fact_stays_below_the_threshold() -> None:
    found = verdict(article(f"{HARBOUR} Nevertheless seagulls circled overhead."), known_set(HARBOUR))
    assert (found.outcome, found.reason) == (Outcome.KNOWN, Reason.BELOW_THRESHOLD)
    assert "stays below" in found.note
    assert found.novelty is not None
    assert found.threshold is not None
    assert found.novelty < found.threshold


def test_a_changed_value_speaks_however_known_the_rest_is() -> None:
    found = verdict(article(HARBOUR.replace("15,000", "13,000")), known_set(HARBOUR))
    assert (found.outcome, found.reason) == (Outcome.ALERTED, Reason.CHANGED_VALUE)
    assert found.note == "dockers guard the northern harbour of Tarvik: 15,000 before, 13,000 now"


@pytest.mark.parametrize(("kind", "reason"), [(Copy.SAME_URL, Reason.SAME_URL), (Copy.SAME_TEXT, Reason.SAME_TEXT)])
def test_an_exact_copy_of_what_was_judged_is_silent(kind: Copy, reason: Reason) -> None:
    found = verdict(article(NEWS), known_set(HARBOUR), copy=kind)
    assert (found.outcome, found.reason, found.sentences) == (Outcome.DUPLICATE, reason, ())
    assert found.note == "100% of it stands in first"
    assert (found.novelty, found.threshold) == (None, None)


def test_what_changed_at_an_address_is_judged_like_any_copy() -> None:
    """Pages are rewritten in place: another number speaks, other words for the same stay silent."""
    changed = Duplicate(of="first", kind=Copy.SAME_URL, containment=0.94)
    for text, outcome in (
        (HARBOUR.replace("15,000 dockers", "13,000 dockers"), Outcome.ALERTED),
        (HARBOUR.replace("asked both", "asked the two"), Outcome.DUPLICATE),
    ):
        original = article(HARBOUR, entry_id="first")
        case = Case(
            article=article(text),
            known=known_set(HARBOUR),
            vectors={},
            duplicate=changed,
            original=original,
            novelty_min=None,
        )
        assert judge(case).outcome is outcome


@pytest.mark.parametrize(("kind", "reason"), [(Copy.NEAR_COPY, Reason.NEAR_COPY), (Copy.PART_OF, Reason.PART_OF)])
def test_a_near_copy_without_anything_of_its_own_is_silent(kind: Copy, reason: Reason) -> None:
    found = verdict(article(HARBOUR), known_set(HARBOUR), copy=kind)
    assert (found.outcome, found.reason) == (Outcome.DUPLICATE, reason)
    assert len(found.sentences) == 4
    assert found.novelty == 0.0


def test_a_copy_with_something_of_its_own_still_speaks() -> None:
    known = known_set(HARBOUR)
    longer = verdict(article(f"{HARBOUR} {NEWS}"), known, copy=Copy.NEAR_COPY)
    corrected = verdict(article(HARBOUR.replace("15,000", "13,000")), known, copy=Copy.NEAR_COPY)
    assert [longer.outcome, corrected.outcome] == [Outcome.ALERTED, Outcome.ALERTED]
    assert [longer.reason, corrected.reason] == [Reason.NEW_DEVELOPMENT, Reason.CHANGED_VALUE]


ADDED = (
    "Dockers of Tarvik will vote tonight on an offer by the mayor. Frozen wages made the crews vote first, and the "
    "ferry stays in Tarvik meanwhile."
)
BEFORE = "The mayor of Tarvik made dockers an offer, and they vote at the harbour. Wages of ferry crews were frozen."


@pytest.mark.parametrize("kind", [Copy.NEAR_COPY, Copy.PART_OF])
def test_a_copy_to_which_its_desk_added_sentences_on_the_event_speaks(kind: Copy) -> None:
    """They are half known, and the rest is copied: an article's own figure would not reach the threshold."""
    known = known_set(HARBOUR, BEFORE)
    found = verdict(article(f"{ADDED} {HARBOUR}"), known, copy=kind)
    assert found.novelty is not None
    assert found.threshold is not None
    assert found.novelty < found.threshold
    assert (found.outcome, found.reason) == (Outcome.ALERTED, Reason.NEW_DEVELOPMENT)
    assert found.note == "its desk added 2 sentences to what it copies"
    assert [each.label for each in found.sentences] == [Label.NEW] * 2 + [Label.KNOWN] * 4


def test_without_a_copied_text_the_same_sentences_stay_silent() -> None:
    known = known_set(HARBOUR, BEFORE)
    assert verdict(article(f"{ADDED} {HARBOUR}"), known).outcome is Outcome.KNOWN
    exact = verdict(article(f"{ADDED} {HARBOUR}"), known, copy=Copy.SAME_TEXT)
    assert exact.outcome is Outcome.DUPLICATE
    own = verdict(article(f"{ADDED} {HARBOUR}"), known, copy=Copy.NEAR_COPY, novelty_min=0.9)
    assert own.outcome is Outcome.DUPLICATE


@pytest.mark.parametrize(
    "text",
    [
        f"{ADDED.partition('. ')[0]}. {HARBOUR}",  # a single one
        f"{BEFORE} {HARBOUR}",  # told before, by another desk
        f"{HARBOUR} The author is a reporter. Got a tip? Send it below.",
    ],
)
def test_a_copy_with_less_than_that_stays_silent(text: str) -> None:
    known = known_set(HARBOUR, BEFORE)
    assert verdict(article(text), known, copy=Copy.NEAR_COPY).outcome is Outcome.DUPLICATE


def test_a_new_headline_adds_nothing_to_a_copy() -> None:
    known = known_set(HARBOUR, BEFORE)
    first, second = ADDED.split(". ", 1)
    found = verdict(article(f"{second} {HARBOUR}", title=first), known, copy=Copy.NEAR_COPY)
    assert found.outcome is Outcome.DUPLICATE


def test_what_a_first_poll_lists_is_learnt() -> None:
    """New or not: the reader is told of what comes after the feed was added."""
    for copy in (None, Copy.NEAR_COPY):
        found = verdict(article(NEWS, is_first_poll=True), known_set(HARBOUR), copy=copy)
        assert (found.outcome, found.reason) == (Outcome.LEARNT, Reason.FIRST_POLL)
        assert (found.novelty, found.sentences) == (None, ())


def test_an_exact_copy_is_a_copy_even_at_a_first_poll() -> None:
    found = verdict(article(NEWS, is_first_poll=True), known_set(HARBOUR), copy=Copy.SAME_URL)
    assert (found.outcome, found.reason) == (Outcome.DUPLICATE, Reason.SAME_URL)


def test_a_watch_may_set_its_own_threshold() -> None:
    text = f"{HARBOUR} Nevertheless seagulls circled overhead."
    assert verdict(article(text), known_set(HARBOUR), novelty_min=0.1).outcome is Outcome.ALERTED
    assert verdict(article(NEWS), known_set(HARBOUR), novelty_min=1.0).threshold == 1.0


def test_a_threshold_of_zero_still_needs_something_new() -> None:
    """ "Tell me everything new" is not "tell me again"."""
    found = verdict(article(HARBOUR), known_set(HARBOUR), novelty_min=0.0)
    assert (found.outcome, found.threshold) == (Outcome.KNOWN, 0.0)


def test_words_alone_must_say_more_than_words_with_meaning() -> None:
    by_words = known_set("Dockers left.")
    by_meaning = known_set("Dockers left.", vectors={"Dockers left.": vector(1, 0)})
    assert 0.0 < threshold_of(by_meaning, None) < threshold_of(by_words, None) < 1.0
    assert threshold_of(by_meaning, 0.2) == threshold_of(by_words, 0.2) == 0.2


def test_an_article_of_leftovers_says_nothing() -> None:
    found = verdict(article("Share this article\n* * *"), known_set())
    assert (found.outcome, found.reason, found.novelty) == (Outcome.KNOWN, Reason.NOTHING_NEW, 0.0)


def test_a_headline_with_an_empty_summary_speaks_for_itself() -> None:
    """Some feeds give "…" for a summary: it must not halve what the headline says."""
    found = verdict(article("…", title="Smugglers poisoned a reservoir"), known_set(HARBOUR))
    assert found.outcome is Outcome.ALERTED


def later(
    text: str, *told: str, kind: Copy = Copy.SAME_URL, url: str = "https://post.example/harbour", told_from: int = 0
) -> Verdict:
    """Judge a later version of HARBOUR for a reader who was told of it, and of other texts since, the last one first.

    told_from: the first sentence that was told; those before it are the baseline's.
    """
    found = Case(
        article=article(text, url=url),
        known=known_set(*told, HARBOUR),
        told_from=told_from,
        vectors={},
        duplicate=Duplicate(of="first", kind=kind, containment=0.94),
        original=article(HARBOUR, entry_id="first"),
        novelty_min=None,
    )
    return judge(found)


def test_an_edit_that_changes_a_number_or_a_name_speaks_as_a_correction() -> None:
    for was, now in (("15,000", "13,000"), ("Tarvik", "Norhaven"), ("March", "April")):
        found = later(HARBOUR.replace(was, now))
        assert (found.outcome, found.reason, found.corrects) == (Outcome.ALERTED, Reason.CORRECTION, "first")
        assert f": {was} before, {now} now" in found.note
        [changed] = [each for each in found.sentences if each.label is Label.UPDATE]
        [change] = changed.changes
        assert (change.was, change.now, change.before.source) == (was, now, "first")
        assert changed.nearest == change.before


def test_the_same_name_changed_by_somebody_else_is_a_copy() -> None:
    found = later(HARBOUR.replace("Tarvik", "Norhaven"), kind=Copy.NEAR_COPY, url="https://other.example/")
    assert (found.outcome, found.reason, found.corrects) == (Outcome.DUPLICATE, Reason.NEAR_COPY, None)


def test_a_correction_is_told_once() -> None:
    """What another source corrected since is known by then, but for what was told otherwise after that."""
    second = HARBOUR.replace("Tarvik", "Norhaven")
    third = second.replace("15,000", "some 15,000")
    assert later(third, second).outcome is Outcome.DUPLICATE
    both = later(second.replace("15,000", "13,000"), second)
    assert (both.outcome, both.reason) == (Outcome.ALERTED, Reason.CORRECTION)
    assert [change.now for each in both.sentences for change in each.changes] == ["13,000"]
    assert later(third, HARBOUR, second).reason is Reason.CORRECTION
    assert later(third, second, told_from=4).reason is Reason.CORRECTION  # told otherwise since
    assert later(third, second, told_from=99).outcome is Outcome.DUPLICATE  # nothing was told
    elsewhere = "Norhaven has a harbour that dockers guard."  # names it in other words
    assert later(second, elsewhere).reason is Reason.CORRECTION


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("damaged", "damagged"),
        ("Tarvik", "Tarvick"),
        ("wages. Two", "wages – two"),
        ("northern harbour", "harbour in the north"),
        ("asked both sides to negotiate", "asked both sides to talk"),
    ],
)
def test_an_edit_that_says_the_same_is_silent(was: str, now: str) -> None:
    found = later(HARBOUR.replace(was, now))
    assert (found.outcome, found.reason, found.corrects) == (Outcome.DUPLICATE, Reason.SAME_URL, None)


def test_a_mended_word_is_known_even_where_all_that_is_new_speaks() -> None:
    headline = "Crews and captains negotiate."
    found = judge(
        Case(
            article=article(f"{headline.replace('negotiate', 'negotiatte')} {HARBOUR}"),
            known=known_set(f"{headline} {HARBOUR}"),
            vectors={},
            duplicate=Duplicate(of="first", kind=Copy.SAME_URL, containment=0.94),
            original=article(f"{headline} {HARBOUR}", entry_id="first"),
            novelty_min=0.05,
        )
    )
    assert (found.outcome, found.novelty) == (Outcome.DUPLICATE, 0.0)


def test_an_edit_with_news_speaks_of_the_news_and_names_the_correction() -> None:
    found = later(f"{HARBOUR.replace('15,000', '13,000')} {NEWS}")
    assert (found.outcome, found.reason, found.corrects) == (Outcome.ALERTED, Reason.NEW_DEVELOPMENT, "first")
    assert [each.label for each in found.sentences].count(Label.NEW) == 3
    assert later(f"{HARBOUR} {NEWS}").corrects is None

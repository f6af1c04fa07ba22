"""Laws of copies: a text is a copy of itself and of nothing else, and order decides only between about equals."""

from article_samples import article
from hypothesis import given
from hypothesis import strategies as st

from monitor.analysis.copies import ABOUT_AS_MUCH, LEAST_SHARED, belongs_to, fingerprint_of, near
from monitor.model.judgement import Copy, Duplicate
from monitor.text.fingerprint import MOST_KEPT, shingles, sketch

WORD = st.sampled_from([f"word{number}" for number in range(60)])
TEXT = st.lists(WORD, max_size=60).map(" ".join)
TEXTS = st.lists(TEXT, max_size=5)


def nearest(text: str, earlier: list[str]) -> Duplicate | None:
    return near(article(text, entry_id="new"), [article(each, entry_id=f"e{at}") for at, each in enumerate(earlier)])


@given(TEXT)
def test_a_text_is_the_same_as_itself_if_it_is_long_enough(text: str) -> None:
    found = nearest(text, [text])
    if len(fingerprint_of(article(text))) < LEAST_SHARED:
        assert found is None
    else:
        assert found == Duplicate(of="e0", kind=Copy.SAME_TEXT, containment=1.0)


@given(TEXT, TEXTS)
def test_a_share_is_a_share_and_a_copy_is_one_of_the_earlier(text: str, earlier: list[str]) -> None:
    found = nearest(text, earlier)
    if found is not None:
        assert 0.0 < found.containment <= 1.0
        assert found.of in {f"e{at}" for at in range(len(earlier))}
        assert found.kind in (Copy.SAME_TEXT, Copy.NEAR_COPY, Copy.PART_OF)


@given(TEXT, TEXTS)
def test_order_decides_only_between_those_that_hold_about_as_much(text: str, earlier: list[str]) -> None:
    one, other = nearest(text, earlier), nearest(text, earlier[::-1])
    low, high = sorted(each.containment if each else 0.0 for each in (one, other))
    assert low >= high * ABOUT_AS_MUCH


@given(TEXT, TEXTS, TEXT)
def test_one_more_candidate_never_hides_a_copy(text: str, earlier: list[str], more: str) -> None:
    """It may hold more, or have been there before: then it holds two thirds of what the best does."""
    less, all_of_them = nearest(text, earlier), nearest(text, [*earlier, more])
    if less is not None:
        assert all_of_them is not None
        assert all_of_them.containment >= less.containment * ABOUT_AS_MUCH


@given(st.lists(st.integers(0, 3_000), max_size=MOST_KEPT + 2))
def test_a_short_text_keeps_all_its_shingles(numbers: list[int]) -> None:
    every = shingles([f"w{number}" for number in numbers])
    if len(every) <= MOST_KEPT:
        assert sketch(every) == {each >> 32 for each in every}


TOLD = [f"w{number}" for number in range(3_000)]
WHOLE = shingles(TOLD)


@given(st.integers(0, len(TOLD)), st.integers(0, len(TOLD)))
def test_sketches_of_any_two_lengths_compare(start: int, length: int) -> None:
    """Of a cutting, the finer sample keeps whatever the coarser sample of the whole keeps of it."""
    cutting = shingles(TOLD[start : start + length])
    common = sketch(cutting) & sketch(WHOLE)
    assert common == {each >> 32 for each in cutting} & sketch(WHOLE)


@given(TEXT, TEXT)
def test_what_was_added_is_not_what_was_copied(text: str, original: str) -> None:
    if belongs_to(text, article(original)):
        assert not fingerprint_of(article(text)) & fingerprint_of(article(original))
        assert not belongs_to(text, article(text))


@given(TEXT, TEXT, TEXT)
def test_a_long_enough_cutting_is_a_copy_of_its_whole(before: str, text: str, after: str) -> None:
    found = nearest(text, [f"{before} {text} {after}"])
    if len(fingerprint_of(article(text))) >= LEAST_SHARED:
        assert found is not None
        assert found.containment == 1.0


@given(TEXT)
def test_capitals_and_typography_hide_no_copy(text: str) -> None:
    assert nearest(f"“{text.upper().replace(' ', '   ')}”!", [text]) == nearest(text, [text])

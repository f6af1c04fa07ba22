"""Laws of copies: a text is a copy of itself and of nothing else, and order decides only between equals."""

from article_samples import article
from hypothesis import given
from hypothesis import strategies as st

from monitor.analysis.copies import LEAST_SHARED, fingerprint_of, near
from monitor.model.judgement import Copy, Duplicate

WORD = st.sampled_from([f"word{number}" for number in range(60)])
TEXT = st.lists(WORD, max_size=60).map(" ".join)
TEXTS = st.lists(TEXT, max_size=5)


def nearest(text: str, earlier: list[str]) -> Duplicate | None:
    return near(article(text, entry_id="new"), [article(each, entry_id=f"e{at}") for at, each in enumerate(earlier)])


@given(TEXT)
def test_a_text_is_a_near_copy_of_itself_if_it_is_long_enough(text: str) -> None:
    found = nearest(text, [text])
    if len(fingerprint_of(article(text))) < LEAST_SHARED:
        assert found is None
    else:
        assert found == Duplicate(of="e0", kind=Copy.NEAR_COPY, containment=1.0)


@given(TEXT, TEXTS)
def test_a_share_is_a_share_and_a_copy_is_one_of_the_earlier(text: str, earlier: list[str]) -> None:
    found = nearest(text, earlier)
    if found is not None:
        assert 0.0 < found.containment <= 1.0
        assert found.of in {f"e{at}" for at in range(len(earlier))}
        assert found.kind in (Copy.NEAR_COPY, Copy.PART_OF)


@given(TEXT, TEXTS)
def test_order_decides_only_between_equals(text: str, earlier: list[str]) -> None:
    one, other = nearest(text, earlier), nearest(text, earlier[::-1])
    assert (one and one.containment) == (other and other.containment)


@given(TEXT, TEXTS, TEXT)
def test_one_more_candidate_never_hides_a_copy(text: str, earlier: list[str], more: str) -> None:
    less, all_of_them = nearest(text, earlier), nearest(text, [*earlier, more])
    if less is not None:
        assert all_of_them is not None
        assert all_of_them.containment >= less.containment


@given(TEXT, TEXT, TEXT)
def test_a_long_enough_cutting_is_a_copy_of_its_whole(before: str, text: str, after: str) -> None:
    found = nearest(text, [f"{before} {text} {after}"])
    if len(fingerprint_of(article(text))) >= LEAST_SHARED:
        assert found is not None
        assert found.containment == 1.0


@given(TEXT)
def test_capitals_and_typography_hide_no_copy(text: str) -> None:
    assert nearest(f"“{text.upper().replace(' ', '   ')}”!", [text]) == nearest(text, [text])

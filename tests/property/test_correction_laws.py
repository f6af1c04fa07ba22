"""Laws of corrections: nothing is corrected by itself or by an order, and what is shown stands in both sentences."""

from article_samples import article
from hypothesis import given
from hypothesis import strategies as st

from monitor.analysis.corrections import edits, sounds_alike

WORDS = st.sampled_from(
    ["Wane", "Wani", "Diop", "Moura", "12", "13", "1,500", "June", "July", "2013", "men", "left", "the", "town", "of"]
)
SENTENCE = st.lists(WORDS, min_size=1, max_size=12).map(lambda words: f"The envoy said {' '.join(words)} again.")
TEXT = st.lists(SENTENCE, max_size=5, unique=True)


@given(TEXT, st.randoms(use_true_random=False))
def test_an_article_has_no_edits_against_itself_in_any_order(sentences: list[str], random: object) -> None:
    moved = list(sentences)
    random.shuffle(moved)  # type: ignore[attr-defined]
    assert edits(article("\n".join(moved)), article("\n".join(sentences))) == ()


@given(TEXT, TEXT)
def test_what_changed_stands_where_it_is_said_to_stand(before: list[str], after: list[str]) -> None:
    for edit in edits(article("\n".join(after)), article("\n".join(before))):
        assert edit.sentence in after
        assert edit.earlier.text in before
        assert not (edit.is_mended and edit.changes)
        for change in edit.changes:
            assert change.was in edit.earlier.text
            assert change.now in edit.sentence
            assert change.was != change.now


@given(st.text(), st.text())
def test_any_text_may_be_held_against_any_other(before: str, after: str) -> None:
    edits(article(after, title=after), article(before, title=before))


@given(st.text(), st.text())
def test_sounding_alike_is_mutual(one: str, other: str) -> None:
    assert sounds_alike(one, one)
    assert sounds_alike(one, other) == sounds_alike(other, one)

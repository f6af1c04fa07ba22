"""Judge: what becomes of one matched article for one watch.

In:  the article, what it copies, the known set.
Out: a Verdict: outcome, reason, the figures behind them, every sentence judged.
Not here: matching (match.py), stories (stories.py), the alert's words (alerting/).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from monitor.analysis.changes import CANDIDATES
from monitor.analysis.copies import belongs_to
from monitor.analysis.corrections import Edit, edits, gives, is_later, says_nearly
from monitor.analysis.features import features
from monitor.analysis.known import KnownSet, sentences_of
from monitor.analysis.novelty import article_novelty, has_vectors, judge_sentences
from monitor.model.article import Article
from monitor.model.embedding import Vector
from monitor.model.judgement import Change, Copy, Duplicate, Label, Novelty, Outcome, Reason

# Rewrites of told stories reach .56 (.77 by words), news begins at .63 (.90): docs/decisions/0020-other-topics.md.
SPEAKS: Final = 0.6
SPEAKS_WORDS: Final = 0.75
# What a desk adds to a text it copies, it adds because it says something: docs/decisions/0012-copies.md.
ADDED: Final = 0.2  # a sentence of its own is new from here on
FEWEST_ADDED: Final = 2

REASON_OF: Final = {
    Copy.SAME_URL: Reason.SAME_URL,
    Copy.SAME_TEXT: Reason.SAME_TEXT,
    Copy.NEAR_COPY: Reason.NEAR_COPY,
    Copy.PART_OF: Reason.PART_OF,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What an article is to one reader, before anybody is told."""

    outcome: Outcome
    reason: Reason
    note: str
    novelty: float | None = None
    threshold: float | None = None
    sentences: tuple[Novelty, ...] = ()
    corrects: str | None = None  # the entry whose article this is a later version of, and says otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that bears on an article for one watch."""

    article: Article
    known: KnownSet
    told_from: int = 0  # of its sentences, the first that was told; what was told last stands first among those
    vectors: Mapping[str, Vector]
    duplicate: Duplicate | None  # of what was judged for this watch
    original: Article | None  # what it copies
    novelty_min: float | None  # the watch's own threshold


def judge(case: Case) -> Verdict:
    """Return what becomes of an article, and why.

    An exact copy of what was judged is silent; so is any other, unless its desk added to it or changed a value. That
    holds at one address, too: pages are rewritten in place. What a feed that learns lists at its first poll is learnt.
    All else speaks when it is new enough or a known value changed; a later version of an article also when it gives
    another number, date or name in a sentence of the earlier one.
    """
    duplicate = case.duplicate
    if duplicate and duplicate.kind in (Copy.SAME_URL, Copy.SAME_TEXT) and duplicate.containment == 1.0:
        return _copy(duplicate, None, None, ())
    if case.article.entry.is_first_poll:
        return Verdict(outcome=Outcome.LEARNT, reason=Reason.FIRST_POLL, note="listed at the feed's first poll: learnt")
    sentences = sentences_of(case.article.title, case.article.body, case.article.language)
    judged = judge_sentences(sentences, case.known, case.vectors, case.article.language, case.article.date.date())
    found = _edits(case)
    return _weigh(case, _with_edits(judged, found), [change for each in found.values() for change in each.changes])


def threshold_of(known: KnownSet, novelty_min: float | None) -> float:
    """Return the novelty from which an article speaks: the watch's own, else the program's."""
    if novelty_min is not None:
        return novelty_min
    return SPEAKS if has_vectors(known) else SPEAKS_WORDS


def speaks(judged: Sequence[Novelty], novelty: float, threshold: float) -> tuple[Reason, str] | None:
    """Return why an article speaks, and what tipped the scales; None where it stays silent."""
    if novelty >= threshold and any(each.label in (Label.NEW, Label.UPDATE) for each in judged):
        return Reason.NEW_DEVELOPMENT, f"novelty {novelty:.2f} reaches {threshold:.2f}"
    for each in judged:
        for change in each.changes:
            return Reason.CHANGED_VALUE, _told(change)
    return None


def _told(change: Change) -> str:
    return f"{change.what}: {change.was} before, {change.now} now"


def _edits(case: Case) -> Mapping[str, Edit]:
    """Return the sentences of an article that its earlier version has in other words; none where it has no such one.

    Left out are corrections that the reader knows already, from another source.
    """
    copy, original = case.duplicate, case.original
    if copy is None or original is None or not is_later(case.article, original, copy.kind):
        return {}
    found = [
        replace(each, changes=tuple(change for change in each.changes if not _is_told(case, change)))
        for each in edits(case.article, original)
    ]
    return {each.sentence: each for each in found}


def _is_told(case: Case, change: Change) -> bool:
    """Whether the reader knows a corrected value: by what was told last in nearly these words, else from the baseline.

    Not by what was told before that: a value that is set back is another one again.
    """
    sentence = features(change.sentence, case.article.language, case.vectors.get(change.sentence))
    near = sorted(case.known.nearest(sentence, CANDIDATES))
    alike = [at for at in near if says_nearly(change, case.known.sentences[at].features)]
    told = [at for at in alike if at >= case.told_from][:1]
    return any(gives(change, case.known.sentences[at].features) for at in told or alike)


def _with_edits(judged: Sequence[Novelty], found: Mapping[str, Edit]) -> tuple[Novelty, ...]:
    """Return judged sentences with what an edit made of them: a correction, or nothing but a word spelt rightly."""
    return tuple(_edited(each, found[each.sentence]) if each.sentence in found else each for each in judged)


def _edited(judged: Novelty, edit: Edit) -> Novelty:
    if edit.is_mended:
        return replace(judged, label=Label.KNOWN, score=0.0, nearest=edit.earlier, changes=(), facts=0)
    if not edit.changes:
        return judged
    given = {change.now for change in edit.changes}
    others = tuple(change for change in judged.changes if change.now not in given)
    return replace(judged, label=Label.UPDATE, nearest=edit.earlier, changes=edit.changes + others)


def _weigh(case: Case, judged: Sequence[Novelty], corrections: Sequence[Change]) -> Verdict:
    novelty, threshold = article_novelty(judged), threshold_of(case.known, case.novelty_min)
    duplicate = case.duplicate
    added = _added(case, duplicate, judged)
    spoken = speaks(judged, novelty, threshold)
    if corrections and (spoken is None or spoken[0] is Reason.CHANGED_VALUE):
        spoken = Reason.CORRECTION, _told(corrections[0])
    if spoken is None and len(added) >= FEWEST_ADDED:
        is_unsure = not case.known.has_language(case.article.language)
        judged = [replace(each, label=Label.NEW, is_unsure=is_unsure) if each in added else each for each in judged]
        spoken = Reason.NEW_DEVELOPMENT, f"its desk added {len(added)} sentences to what it copies"
    sentences = tuple(judged)
    if spoken is not None:
        return Verdict(
            outcome=Outcome.ALERTED,
            reason=spoken[0],
            note=spoken[1],
            novelty=novelty,
            threshold=threshold,
            sentences=sentences,
            corrects=duplicate.of if duplicate and corrections else None,
        )
    if duplicate:
        return _copy(duplicate, novelty, threshold, sentences)
    is_new = any(each.label is Label.NEW for each in judged)
    reason = Reason.BELOW_THRESHOLD if is_new else Reason.NOTHING_NEW
    note = f"novelty {novelty:.2f} stays below {threshold:.2f}" if is_new else "every sentence is known"
    return Verdict(
        outcome=Outcome.KNOWN, reason=reason, note=note, novelty=novelty, threshold=threshold, sentences=sentences
    )


def _added(case: Case, duplicate: Duplicate | None, judged: Sequence[Novelty]) -> tuple[Novelty, ...]:
    """Return what a desk added to the text it copies: sentences of the body on the same event that are not quite known.

    A threshold of the watch's own is the only one there is: nothing lower counts then.
    """
    if duplicate is None or case.original is None or case.novelty_min is not None:
        return ()
    fresh = [each for each in judged if each.score >= ADDED and each.sentence != case.article.title]
    return tuple(each for each in fresh if belongs_to(each.sentence, case.original))


def _copy(
    duplicate: Duplicate, novelty: float | None, threshold: float | None, sentences: tuple[Novelty, ...]
) -> Verdict:
    note = f"{duplicate.containment:.0%} of it stands in {duplicate.of}"
    return Verdict(
        outcome=Outcome.DUPLICATE,
        reason=REASON_OF[duplicate.kind],
        note=note,
        novelty=novelty,
        threshold=threshold,
        sentences=sentences,
    )

"""The words of `monitor diff` that a terminal and a page share: rows, marks, summaries.

In:  a text as it was compared.
Out: rows, the quiet ones folded; the pieces of a sentence with its changed values; a summary.
Not here: how they look (diff_face.py, diff_page.py).
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from monitor.alerting.escape import clean
from monitor.alerting.phrases import UNSURE, day
from monitor.model.judgement import Known, Label, Novelty
from monitor.pipeline.compare import Compared

SIGNS: Final = {Label.NEW: "+", Label.UPDATE: "~", Label.KNOWN: "=", Label.NOISE: "·"}
NAMES: Final = {Label.NEW: "new", Label.UPDATE: "changed", Label.KNOWN: "known", Label.NOISE: "noise"}
QUIET: Final = (Label.KNOWN, Label.NOISE)  # what is folded, so that what is new stands out

_BEGINS, _ENDS = r"(?<!\w)(?<!\d[.,'’])", r"(?!\w|[.,'’]\d)"  # a value stands alone: in 1,500 there is no 500

Pieces = tuple[tuple[str, bool], ...]  # of a text, in order, each with whether it is marked


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A known sentence as it is shown."""

    pieces: Pieces
    source: str
    day: str  # behind it: ", 12 Apr 2023", or nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One sentence as it is shown, beside what is known."""

    label: Label
    is_unsure: bool
    score: float
    pieces: Pieces
    changes: tuple[tuple[str, str, str], ...]  # was, now, what
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Sentences in a row that are all quiet, or none of them."""

    rows: tuple[Row, ...]
    is_quiet: bool


def stretches(compared: Compared) -> tuple[Stretch, ...]:
    """Return a text's sentences in order, those that say nothing new apart."""
    grouped = groupby(compared.sentences, key=lambda each: each.label in QUIET)
    return tuple(Stretch(rows=tuple(map(_row, some)), is_quiet=is_quiet) for is_quiet, some in grouped)


def counted(labels: Iterable[Label]) -> str:
    """Return how many sentences there are of each kind, as far as there are any: `3 new · 1 known`."""
    counts = Counter(labels)
    return " · ".join(f"{counts[label]} {NAMES[label]}" for label in SIGNS if counts[label])


def name(row: Row) -> str:
    """Return the label of a sentence in words, and whether it is unsure."""
    return f"{NAMES[row.label]}, {UNSURE}" if row.is_unsure else NAMES[row.label]


def summary(compared: Compared) -> str:
    """Return what a text comes to: how many sentences of each kind, its novelty, the verdict."""
    counts = counted(each.label for each in compared.sentences) or "no sentences"
    unsure = sum(each.is_unsure for each in compared.sentences)
    doubt = f" · {unsure} {UNSURE}: most of what is known is in other languages" if unsure else ""
    return f"{counts} · novelty {compared.novelty:.2f}, threshold {compared.threshold:.2f}: {verdict(compared)}{doubt}"


def verdict(compared: Compared) -> str:
    """Return whether a text is new, and why where its novelty alone does not say so."""
    if not compared.is_new:
        return "known"
    return "new" if compared.novelty >= compared.threshold else "new, a value changed"


def totals(verdicts: Sequence[bool]) -> str:
    """Return what several texts come to. verdicts: whether each is new."""
    new = sum(verdicts)
    return f"{len(verdicts)} texts: {new} new, {len(verdicts) - new} known"


def _row(novelty: Novelty) -> Row:
    nearest = (novelty.nearest,) if novelty.nearest else ()
    befores = tuple(dict.fromkeys(change.before for change in novelty.changes)) or nearest
    was = [change.was for change in novelty.changes]
    return Row(
        label=novelty.label,
        is_unsure=novelty.is_unsure,
        score=novelty.score,
        pieces=_pieces(novelty.sentence, [change.now for change in novelty.changes]),
        changes=tuple((clean(each.was), clean(each.now), clean(each.what)) for each in novelty.changes),
        evidence=tuple(_evidence(each, was) for each in befores),
    )


def _evidence(known: Known, was: Iterable[str]) -> Evidence:
    behind = f", {day(known.date)}" if known.date else ""
    return Evidence(pieces=_pieces(known.text, was), source=clean(known.source), day=behind)


def _pieces(text: str, values: Iterable[str]) -> Pieces:
    """Return a cleaned text cut where these values stand in it as words of their own."""
    shown, sought = clean(text), sorted({clean(each) for each in values} - {""}, key=lambda each: (-len(each), each))
    if not sought:
        return ((shown, False),)
    found = re.split(rf"{_BEGINS}({'|'.join(map(re.escape, sought))}){_ENDS}", shown)
    return tuple((piece, at % 2 == 1) for at, piece in enumerate(found) if piece)

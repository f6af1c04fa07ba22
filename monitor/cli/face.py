"""Face: what a person sees while `replay` and `once` work: each arrival, its verdict, and what was new in it.

In:  entries with their decisions, notices, totals; a stream, its width, whether it shows colour.
Out: lines on the stream, the same words with and without colour; nothing that depends on the clock or the machine.
Not here: the JSON lines (cli/), the words that alerts share (alerting/phrases.py).
"""

from collections.abc import Callable, Sequence
from typing import TextIO, assert_never

from monitor.alerting import digests
from monitor.alerting.escape import clean, safe_link
from monitor.alerting.phrases import (
    CORRECTS,
    UNSURE,
    WRITTEN,
    befores,
    by_machine,
    by_sentence,
    change_line,
    day,
    gain,
    heading,
    known_since,
    matched,
    origin,
    placed,
    quote_origin,
    select,
    stand,
    voices,
    wrapped,
)
from monitor.model.article import Entry
from monitor.model.delivery import Digest, DigestItem
from monitor.model.feed import Notice, SourceState
from monitor.model.judgement import Alert, Change, Copy, Decision, Duplicate, Label, Novelty, Outcome, Reason, Relation

WIDTH = 100  # columns; longer lines tire the eye
WIDTH_MIN = 40
NEW_MAX = 5
KNOWN_MAX = 3
BAR_CELLS = 24

Line = list[tuple[str, str]]  # pieces of (role, text)
_MARGIN = 13  # the day stands in it: `16 Jun 2023  `
_STYLES = {
    "": "",
    "day": "dim",
    "title": "bold",
    "source": "dim",
    "alert": "bold black on yellow",
    "quiet": "dim",
    "verdict": "cyan",
    "new": "green",
    "sign": "bold green",
    "was": "dim",
    "now": "bold magenta",
    "known": "dim",
    "bar": "yellow",
    "warning": "yellow",
}
_COPIES = {
    Copy.SAME_URL: "the same page as",
    Copy.SAME_TEXT: "the same text as",
    Copy.NEAR_COPY: "of",
    Copy.PART_OF: "part of",
}
_NOTICES = {
    SourceState.DOWN: "cannot be reached",
    SourceState.BACK: "is back",
    SourceState.SILENT: "has gone silent",
    SourceState.GAP: "may have dropped entries",
}


class Face:
    """Shows one run, arrival by arrival. Everything shown is cleaned first."""

    def __init__(self, paint: Callable[[Line], None], *, width: int) -> None:
        self._paint = paint
        self._width = max(WIDTH_MIN, width)
        self._seen: dict[str, str] = {}  # entry id -> how to call it when a copy of it comes
        self._last: str | None = None

    def arrival(self, entry: Entry, decision: Decision) -> None:
        """Show an entry and what was decided; a second decision on the same entry goes under the same title."""
        alert = decision.alert if decision.outcome is Outcome.ALERTED else None
        if entry.id != self._last:
            self._show([[], *self._headline(entry, is_told=alert is not None)])
        self._last = entry.id
        self._seen[entry.id] = f"“{clean(entry.title)}” ({origin(entry.outlet, None) or 'unknown outlet'})"
        if alert is None:
            self._show(self._verdict(decision))
        else:
            self._show(self._alert(alert, decision.sentences))

    def told(self, alert: Alert) -> None:
        """Show an alert that is told later than its entry came."""
        stamp = f"{day(alert.created):>{_MARGIN - 2}}  "
        self._last = None
        head = self._paragraph(stamp, clean(alert.headline), mark_role="day", role="title", margin="")
        self._show([[], *head, *self._alert(alert, ())])

    def digest(self, digest: Digest, channel: str) -> None:
        """Show a digest as a channel is sent it."""
        stamp = f"{day(digest.created):>{_MARGIN - 2}}  "
        self._last = None
        head = self._paragraph(stamp, digests.headline(digest), mark_role="day", role="title", margin="")
        facts = f"to {clean(channel)} · {digests.standing(digest)}"
        self._show([[], *head, *self._paragraph("DIGEST  ", facts, mark_role="alert")])
        for group in digests.groups(digest):
            self._show([[], *self._paragraph("", group.label, role="source")])
            for item in group.items:
                self._show(self._item(item, digest))

    def notice(self, notice: Notice) -> None:
        """Show that a source changed its health."""
        text = f"{clean(notice.feed)} {_NOTICES[notice.state]}: {clean(notice.reason)}"
        self._last = None
        self._show([[], *self._paragraph("! ", text, mark_role="warning", role="warning", margin="")])

    def summary(self, entries: int, alerts: int, stories: int, duplicates: int, seconds: float | None) -> None:
        """Show the totals."""
        parts = [
            _several(entries, "article"),
            _several(alerts, "alert"),
            _several(stories, "story", "stories"),
            _several(duplicates, "copy", "copies"),
        ]
        if seconds is not None:
            parts.append(f"{seconds:.1f} s")
        self._show([[], [("title", " · ".join(parts))]])

    def _headline(self, entry: Entry, *, is_told: bool) -> list[Line]:
        stamp = f"{day(entry.published or entry.first_seen):>{_MARGIN - 2}}  "
        title = clean(entry.title) or "(without a title)"
        lines = self._paragraph(stamp, title, mark_role="day", role="title" if is_told else "", margin="")
        outlet = clean(entry.outlet)
        return [*lines, *(self._paragraph("", outlet, role="source") if outlet else [])]

    def _verdict(self, decision: Decision) -> list[Line]:
        word, reason = _verdict(decision, self._seen)
        lines = self._paragraph(f"{word}  ", reason, mark_role="verdict", role="quiet")
        return [*lines, *self._note(decision)]

    def _note(self, decision: Decision) -> list[Line]:
        """Return why nothing could be read; every other verdict says its reason itself."""
        is_told = decision.outcome is Outcome.UNREADABLE and decision.note
        return self._paragraph("", clean(decision.note), role="quiet") if is_told else []

    def _alert(self, alert: Alert, sentences: Sequence[Novelty]) -> list[Line]:
        shown = select(alert, new_max=NEW_MAX, known_max=KNOWN_MAX)
        blocks = [
            self._paragraph("ALERT  ", self._standing(alert), mark_role="alert"),
            *(self._changes(group, quote_origin(group[0].sentence, alert)) for group in by_sentence(shown.changed)),
            [
                *(
                    line
                    for quote in shown.new
                    for line in self._paragraph("+ ", placed(quote.text, UNSURE if quote.is_unsure else ""), **_GREEN)
                ),
                *self._more(shown.new_more, "more new"),
            ],
            [
                *(
                    line
                    for quote in shown.known
                    for line in self._paragraph(
                        "= ", f"{clean(quote.text)} — {known_since(quote.evidence)}", mark_role="known", role="known"
                    )
                ),
                *self._more(_known_more(alert, sentences, len(shown.known)), "more already known"),
            ],
            self._written(alert),
            self._why(alert, sentences),
        ]
        return [line for block in blocks if block for line in [*block, []]][:-1]

    def _item(self, item: DigestItem, digest: Digest) -> list[Line]:
        told = digests.told(item, digest)
        said = [self._paragraph("  + ", text, **_GREEN) for text in (*told.changed, *told.new)]
        aside = [self._paragraph("  ", text, role="quiet") for text in (told.facts, told.address) if text]
        return [line for lines in (self._paragraph("* ", told.headline, role="title"), *said, *aside) for line in lines]

    def _standing(self, alert: Alert) -> str:
        update = f" · update {alert.revision} of this story" if alert.revision > 1 else ""
        stands = [
            stand(alert),
            CORRECTS if alert.corrects else "",
            gain(alert),
            voices(alert.outlets, alert.independent),
        ]
        return " · ".join(filter(None, stands)) + update

    def _changes(self, group: list[Change], place: str) -> list[Line]:
        """Return the changed values of one sentence, large, with what was known and what is said now."""
        lines = [line for change in group for line in self._value(change)]
        _, new, other = heading(group[0])
        for known in befores(group):
            was = placed(known.text, origin(known.outlet, known.date))
            lines += self._paragraph(f"  {other:<5}", was, mark_role="was", role="was")
        return [*lines, *self._paragraph(f"  {new:<5}", placed(group[0].sentence, place), mark_role="now")]

    def _value(self, change: Change) -> list[Line]:
        if change.relation is Relation.CONTRADICTS:
            return self._paragraph("", change_line(change), role="title")
        old, new = clean(change.was), clean(change.now)
        first, *rest = self._paragraph(f"{old} → {new}  ", clean(change.what), role="title")
        return [[first[0], ("was", f"{old} → "), ("now", f"{new}  "), first[-1]], *rest]

    def _written(self, alert: Alert) -> list[Line]:
        if alert.written is None:
            return []
        head = self._paragraph(f"{WRITTEN}  ", by_machine(alert.written), mark_role="quiet", role="quiet")
        texts = (clean(bullet.text) for bullet in alert.written.bullets)
        return [*head, *(line for text in texts for line in self._paragraph("~ ", text, mark_role="quiet"))]

    def _why(self, alert: Alert, sentences: Sequence[Novelty]) -> list[Line]:
        noise = sum(sentence.label is Label.NOISE for sentence in sentences)
        left_out = f" · {_several(noise, 'line')} of page furniture left out" if noise else ""
        words = f"watch {clean(alert.watch)} · {matched(alert.matched, alert.disguised)}{left_out}"
        lines = self._paragraph("", words, role="quiet")
        lines.append([("quiet", f"{'':{_MARGIN}}novelty "), ("bar", _bar(alert)), ("quiet", _measure(alert))])
        link = safe_link(alert.url or "")
        return [*lines, *(self._paragraph("", link, role="quiet") if link else [])]

    def _more(self, count: int, words: str) -> list[Line]:
        return self._paragraph("", f"+ {count} {words}", role="quiet") if count else []

    def _paragraph(
        self, mark: str, text: str, *, mark_role: str = "", role: str = "", margin: str = " " * _MARGIN
    ) -> list[Line]:
        """Return text wrapped behind its mark, hanging."""
        first = margin + mark
        rest = " " * len(first)
        texts = [line[len(first) :] for line in wrapped(text, first=first, rest=rest, width=self._width)] or [""]
        gap = mark[len(mark.rstrip()) :]
        head: Line = [("", margin), (mark_role, mark.rstrip()), ("", gap), (role, texts[0])]
        return [head, *([("", rest), (role, text)] for text in texts[1:])]

    def _show(self, lines: Sequence[Line]) -> None:
        for line in lines:
            self._paint(line)


_GREEN = {"mark_role": "sign", "role": "new"}


def make_face(stream: TextIO, *, color: bool, width: int = WIDTH) -> Face:
    """Return a face that shows on the stream.

    color: styles through rich, for terminals; without it the same words as plain text.
    width: columns at most; a terminal's own width where that is smaller than WIDTH.
    """
    return Face(_rich(stream) if color else _plain(stream), width=min(width, WIDTH))


def _plain(stream: TextIO) -> Callable[[Line], None]:
    encoding = getattr(stream, "encoding", None) or "utf-8"

    def paint(line: Line) -> None:
        text = "".join(piece for _, piece in line).rstrip()
        stream.write(text.encode(encoding, "replace").decode(encoding) + "\n")

    return paint


def _rich(stream: TextIO) -> Callable[[Line], None]:
    from rich.console import Console  # late: rich costs 50 ms that `--help` and `--json` need not pay
    from rich.text import Text

    console = Console(file=stream, force_terminal=True, highlight=False, markup=False, emoji=False)

    def paint(line: Line) -> None:
        pieces = [(piece, _STYLES[role]) for role, piece in line]
        console.print(Text.assemble(*pieces), soft_wrap=True)

    return paint


def _verdict(decision: Decision, seen: dict[str, str]) -> tuple[str, str]:
    """Return the verdict in a word, and its reason."""
    match decision.outcome:
        case Outcome.DUPLICATE:
            return "copy", _copied(decision.duplicate, seen)
        case Outcome.UNMATCHED:
            return "no match", "no watch is about this"
        case Outcome.UNREADABLE:
            return "unreadable", "no text was found"
        case Outcome.LEARNT:
            return "learnt", "came with the first poll of its feed: known from now on"
        case Outcome.HELD:
            quiet = decision.reason is Reason.QUIET_HOURS
            return "held", f"new, and waits until {'quiet hours end' if quiet else 'another source says it'}"
        case Outcome.DIGEST:
            over = decision.reason is Reason.OVER_CAP
            return "digest", f"new, and goes into {'a digest: its route is full' if over else 'the next digest'}"
        case Outcome.SILENCED:
            return "silenced", "new, and silenced: `monitor silence list`"
        case Outcome.KNOWN | Outcome.ALERTED:
            return "known", _known_reason(decision)
        case _:
            assert_never(decision.outcome)


def _copied(duplicate: Duplicate | None, seen: dict[str, str]) -> str:
    if duplicate is None:
        return "says what an earlier article said"
    original = seen.get(duplicate.of, f"an earlier article ({duplicate.of})")
    share = (
        f": {duplicate.containment:.0%} of its words stand there"
        if duplicate.kind in (Copy.NEAR_COPY, Copy.PART_OF)
        else ""
    )
    return f"{_COPIES[duplicate.kind]} {original}{share}"


def _known_reason(decision: Decision) -> str:
    total = sum(sentence.label is not Label.NOISE for sentence in decision.sentences)
    of = f" in {_several(total, 'sentence')}" if total else ""
    if decision.reason is Reason.BELOW_THRESHOLD and decision.novelty is not None and decision.threshold is not None:
        return f"too little new{of}: novelty {decision.novelty:.2f}, threshold {decision.threshold:.2f}"
    return f"nothing new{of}"


def _known_more(alert: Alert, sentences: Sequence[Novelty], shown: int) -> int:
    known = sum(sentence.label is Label.KNOWN for sentence in sentences)
    known = min(known, alert.sentence_count - alert.new_count)  # some are new to the reader all the same
    return max(known, len(alert.known)) - shown


def _bar(alert: Alert) -> str:
    """Return novelty as a bar with a notch at the threshold."""
    filled, notch = round(_share(alert.novelty) * BAR_CELLS), round(_share(alert.threshold) * BAR_CELLS)
    cells = "█" * filled + "·" * (BAR_CELLS - filled)
    return f"{cells[:notch]}|{cells[notch:]}"


def _measure(alert: Alert) -> str:
    return f" {alert.novelty:.2f}, threshold {alert.threshold:.2f}"


def _share(value: float) -> float:
    return min(1.0, max(0.0, value))


def _several(count: int, one: str, many: str | None = None) -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"

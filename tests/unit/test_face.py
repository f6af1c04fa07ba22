"""The face shows each arrival, its verdict in words, and what was new, changed and known in it."""

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from alert_samples import JUNE_16, JUNE_19, alert, changed_alert, quote
from digest_samples import item, night

from monitor.cli.face import Face, make_face
from monitor.model.article import Entry
from monitor.model.feed import Notice, SourceState
from monitor.model.judgement import (
    Alert,
    Confirmation,
    Copy,
    Decision,
    Duplicate,
    Label,
    Novelty,
    Outcome,
    Reason,
    Relation,
)


def entry(number: int, title: str, outlet: str = "Reuters", published: datetime | None = JUNE_19) -> Entry:
    return Entry(
        id=f"{number:016x}", feed="seeds", guid=str(number), url=None, url_key=None, title=title, summary="",
        outlet=outlet, host="", language="en", published=published, first_seen=JUNE_19,
    )  # fmt: skip


def decision(outcome: Outcome, reason: Reason, **facts: object) -> Decision:
    return Decision(entry="0", watch="mali", outcome=outcome, reason=reason, at=JUNE_19, **facts)  # type: ignore[arg-type]


def alerted(of: Alert, note: str = "") -> Decision:
    sentences = tuple(Novelty(sentence=str(n), label=Label.NOISE, score=0.0, nearest=None) for n in range(3))
    return decision(Outcome.ALERTED, Reason.NEW_DEVELOPMENT, alert=of, sentences=sentences, note=note)


def some_known(count: int) -> tuple[Novelty, ...]:
    return tuple(Novelty(sentence=str(n), label=Label.KNOWN, score=0.0, nearest=None) for n in range(count))


def a_run(face: Face) -> None:
    """Five arrivals as the seeds give them, a notice, the totals."""
    face.arrival(
        entry(0, "UN says that mission in Mali goes on", "AFP", JUNE_16),
        decision(Outcome.KNOWN, Reason.NOTHING_NEW, sentences=some_known(14)),
    )
    copied = Duplicate(of=f"{0:016x}", kind=Copy.NEAR_COPY, containment=0.97)
    face.arrival(
        entry(1, "Mission in Mali goes on, says the UN", "Daily Example", JUNE_16),
        decision(Outcome.DUPLICATE, Reason.NEAR_COPY, duplicate=copied),
    )
    face.arrival(entry(2, "Wagner's Ring returns to Bayreuth", "AP"), decision(Outcome.UNMATCHED, Reason.NO_MATCH))
    further = (quote("Washington will work on with its partners in West Africa."), quote("A sixth sentence."))
    long = replace(alert(), new=(*alert().new, *further), new_count=12)
    face.arrival(entry(3, alert().headline), alerted(long))
    face.arrival(entry(4, changed_alert().headline, "AFP"), alerted(changed_alert(), "the number of dead changed"))
    face.notice(Notice(feed="wire", state=SourceState.DOWN, reason="503 for two hours"))
    face.summary(5, 2, 1, 1, None)


def told(run: Callable[[Face], None], *, color: bool = False, width: int = 100) -> str:
    stream = io.StringIO()
    run(make_face(stream, color=color, width=width))
    return stream.getvalue()


def test_a_run_as_it_is_shown(golden: Callable[[Path, str], None], root: Path) -> None:
    golden(root / "tests/golden/face.txt", told(a_run))


def test_colour_adds_no_words_and_takes_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    painted = told(a_run, color=True)
    assert "\x1b[" in painted
    stripped = re.sub(r"\x1b\[[0-9;]*m", "", painted)
    assert [line.rstrip() for line in stripped.splitlines()] == told(a_run).splitlines()


@pytest.mark.parametrize("width", [40, 72, 100, 300])
def test_no_line_is_wider_than_the_screen(width: int) -> None:
    lines = told(a_run, width=width).splitlines()
    assert max(len(line) for line in lines if "http" not in line and "█" not in line) <= min(width, 100)


def test_a_correction_is_called_one() -> None:
    corrected = replace(changed_alert(), corrects="e1")
    assert "correction of an earlier version · 2 new of 9 sentences" in told(
        lambda face: face.arrival(entry(1, "x"), alerted(corrected))
    )
    assert "correction" not in told(lambda face: face.arrival(entry(1, "x"), alerted(changed_alert())))


def test_a_changed_value_is_called_out() -> None:
    shown = told(lambda face: face.arrival(entry(1, "x"), alerted(changed_alert())))
    assert "300 → 500  people killed in Moura" in shown
    assert "was  Rights groups said that 300 people were killed in Moura. — AP, 12 Apr 2023" in shown
    assert "now  A UN inquiry found" in shown


@pytest.mark.parametrize(
    ("outcome", "reason", "facts", "words"),
    [
        (Outcome.KNOWN, Reason.BELOW_THRESHOLD, {"novelty": 0.1, "threshold": 0.25}, "novelty 0.10, threshold 0.25"),
        (Outcome.KNOWN, Reason.NOTHING_NEW, {"sentences": some_known(1)}, "known  nothing new in 1 sentence"),
        (Outcome.KNOWN, Reason.NOTHING_NEW, {}, "known  nothing new"),
        (Outcome.UNREADABLE, Reason.NO_TEXT, {}, "unreadable  no text was found"),
        (Outcome.LEARNT, Reason.FIRST_POLL, {}, "learnt  came with the first poll"),
        (Outcome.HELD, Reason.NEW_DEVELOPMENT, {}, "held  new, and waits"),
        (Outcome.DIGEST, Reason.NEW_DEVELOPMENT, {}, "digest  new"),
        (Outcome.SILENCED, Reason.NEW_DEVELOPMENT, {}, "silenced  new"),
        (Outcome.DUPLICATE, Reason.SAME_TEXT, {}, "copy  says what an earlier article said"),
        (
            Outcome.DUPLICATE,
            Reason.SAME_URL,
            {"duplicate": Duplicate(of="ffff", kind=Copy.SAME_URL, containment=1.0), "note": "Seen on Friday."},
            "the same page as an earlier article (ffff)",
        ),
    ],
)
def test_every_verdict_has_its_words(outcome: Outcome, reason: Reason, facts: dict[str, object], words: str) -> None:
    assert words in told(lambda face: face.arrival(entry(1, "Title"), decision(outcome, reason, **facts)))


def test_two_watches_on_one_entry_share_its_title() -> None:
    def run(face: Face) -> None:
        face.arrival(entry(1, "One title"), decision(Outcome.KNOWN, Reason.NOTHING_NEW))
        face.arrival(entry(1, "One title"), alerted(alert()))

    assert told(run).count("One title") == 1


def test_what_outsiders_write_cannot_steer_the_terminal() -> None:
    evil = "\x1b]0;title\x07\x1b[2Jbad\u202e"
    shown = told(lambda face: face.arrival(entry(1, evil, evil), alerted(replace(alert(), headline=evil))))
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_an_empty_title_a_bare_alert_and_the_time_taken() -> None:
    bare = replace(alert(), url=None, new=(), known=(), new_count=0, novelty=1.7)

    def run(face: Face) -> None:
        face.arrival(entry(1, "", "", None), replace(alerted(bare), sentences=()))
        face.summary(1, 1, 1, 0, 1.25)

    shown = told(run)
    assert "(without a title)" in shown
    assert shown.endswith("1 article · 1 alert · 1 story · 0 copies · 1.2 s\n")


def test_a_stream_without_unicode_still_gets_its_lines() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    make_face(stream, color=False).arrival(entry(1, "Café"), decision(Outcome.UNMATCHED, Reason.NO_MATCH))
    stream.seek(0)
    assert "Caf?" in stream.read()


def test_an_alert_that_waits_is_shown_when_it_is_told() -> None:
    held = replace(alert(), confirmation=Confirmation.WAITING)
    later = replace(held, confirmation=Confirmation.UNCONFIRMED)

    def run(face: Face) -> None:
        face.arrival(entry(3, held.headline), decision(Outcome.HELD, Reason.ONE_SOURCE, alert=held))
        face.told(later)

    shown = told(run)
    waits, sent = (
        shown.index("held  new, and waits until another source says it"),
        shown.index("ALERT  unconfirmed: one"),
    )
    assert waits < sent
    assert (shown.count("ALERT"), shown.count(held.headline)) == (1, 2)


@pytest.mark.parametrize(
    ("outcome", "reason", "said"),
    [
        (Outcome.HELD, Reason.QUIET_HOURS, "held  new, and waits until quiet hours end"),
        (Outcome.HELD, Reason.ONE_SOURCE, "held  new, and waits until another source says it"),
        (Outcome.DIGEST, Reason.OVER_CAP, "digest  new, and goes into a digest: its route is full"),
        (Outcome.DIGEST, Reason.FOR_DIGEST, "digest  new, and goes into the next digest"),
    ],
)
def test_what_waits_says_for_what(outcome: Outcome, reason: Reason, said: str) -> None:
    assert said in told(lambda face: face.arrival(entry(3, "Dam opens"), decision(outcome, reason)))


def test_sources_that_differ_are_no_change() -> None:
    [change] = changed_alert().changed
    rival = replace(changed_alert(), changed=(replace(change, relation=Relation.CONTRADICTS),))
    shown = told(lambda face: face.arrival(entry(4, rival.headline), alerted(rival)))
    assert "500 against 300 (AP) — people killed in Moura" in shown
    assert "300 → 500" not in shown
    assert len(re.findall(r"  says (?:Rights groups|A UN inquiry)", shown)) == 2


@pytest.mark.parametrize("width", [40, 100])
def test_a_digest_is_shown_whole_with_whom_it_is_for(width: int) -> None:
    shown = told(lambda face: face.digest(night(), "desk"), width=width)
    assert max(map(len, shown.splitlines())) <= max(width, len("https://example.org/world/convoy-1") + 15)
    words = " ".join(shown.split())
    assert "DIGEST to desk · 1 CRITICAL, 1 HIGH · " in words
    for each in night().items:
        assert f"* {each.headline}" in words
    assert "300 → 500 — people killed in Moura" in words


def test_a_digest_cannot_steer_the_terminal() -> None:
    hostile = replace(night(), items=(item(1, headline="\x1b[2Jgone", new=("\x1b]0;x\x07here",)),))
    assert "\x1b" not in told(lambda face: face.digest(hostile, "de\x1bsk"))

"""Alerts and entries that several test files render or send."""

from dataclasses import replace
from datetime import UTC, datetime

from monitor.model.judgement import Alert, Change, Known, KnownQuote, Quote

URL = "https://example.org/world/us-regrets-malis-decision"
JUNE_19 = datetime(2023, 6, 19, tzinfo=UTC)
JUNE_16 = datetime(2023, 6, 16, tzinfo=UTC)

_NEW = (
    (
        "The US State Department said on Monday that the United States regrets the decision of the interim military "
        "authorities in Mali to ask a United Nations peacekeeping force to leave the country."
    ),
    (
        "“The United States regrets the decision of the transitional government in Mali to revoke its approval of "
        "MINUSMA,” said State Department spokesman Matthew Miller."
    ),
    (
        "The withdrawal “must be orderly and responsible, with priority given to the safety and security of "
        "peacekeepers and Malians”."
    ),
    (
        "“We are concerned about the effects of this decision on the security and humanitarian crises affecting the "
        "Malian people.”"
    ),
)
_KNOWN = (
    ("Mali's foreign minister asked for the withdrawal “without delay”.", "seeds/000.txt", "AFP", JUNE_16),
    ("The mandate of the mission expires on June 30.", "seeds/003.txt", "AP", datetime(2023, 4, 12, tzinfo=UTC)),
    ("The insurgency has gone on since 2012.", "baseline/mali/a.md", "", None),
    ("Two coups have brought the army to power.", "seeds/002.txt", "Reuters", JUNE_16),
    ("Mali has turned to Russia for security assistance.", "seeds/001.txt", "Al Jazeera", JUNE_16),
)


def quote(text: str, *, outlet: str = "Reuters") -> Quote:
    return Quote(text=text, entry="00000000000000e4", outlet=outlet, date=JUNE_19, url=URL)


def known(text: str, source: str = "seeds/000.txt", outlet: str = "AFP", date: datetime | None = JUNE_16) -> KnownQuote:
    return KnownQuote(text=text, evidence=Known(text=text, source=source, outlet=outlet, date=date))


def alert() -> Alert:
    """The state of things in seed 004: six new sentences, one outlet, nothing changed."""
    return Alert(
        id="4f2a9c0d11223344",
        watch="mali",
        story="7f3a000000000001",
        revision=1,
        headline="US regrets Mali's decision, calls for “orderly and responsible” MINUSMA withdrawal",
        url=URL,
        new=tuple(quote(text) for text in _NEW),
        known=tuple(known(*facts) for facts in _KNOWN),
        changed=(),
        outlets=("Reuters",),
        independent=1,
        matched=("MINUSMA", "Mali"),
        novelty=0.43,
        threshold=0.25,
        new_count=6,
        sentence_count=14,
        created=JUNE_19,
    )


def changed_alert() -> Alert:
    """A number moved: 500 where 300 was known, reported by three outlets, second update of its story."""
    now = "A UN inquiry found that at least 500 people were killed in Moura in March 2022."
    before = Known(
        text="Rights groups said that 300 people were killed in Moura.",
        source="seeds/003.txt",
        outlet="AP",
        date=datetime(2023, 4, 12, tzinfo=UTC),
    )
    change = Change(what="people killed in Moura", was="300", now="500", before=before, sentence=now)
    return replace(
        alert(),
        id="9b1e000000000002",
        revision=2,
        headline="UN inquiry: at least 500 killed in Moura, not 300",
        new=(quote(now, outlet="AFP"), quote("The inquiry worked for a year, without access to the place.")),
        changed=(change,),
        outlets=("AFP", "Reuters", "AP"),
        independent=2,
        new_count=2,
        sentence_count=9,
        novelty=0.31,
    )

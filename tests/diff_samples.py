"""Texts as `diff` compares them, made by hand: the same on every machine, with an embedder or without."""

from datetime import UTC, datetime

from monitor.model.judgement import Change, Known, Label, Novelty
from monitor.pipeline.compare import Compared

APRIL = datetime(2023, 4, 12, tzinfo=UTC)


def known(text: str, source: str = "baseline/april.md") -> Known:
    return Known(text=text, source=source, outlet="AP", date=APRIL)


DEAD = known("A rights group says that 300 people were killed in Moura, and 300 more hurt.")
FLAGS = "👩‍👩‍👧 🇲🇱"
TOKYO = "日本の外務省は月曜日、平和維持要員の安全な撤退を求めた。折り返しが必要です。"
SENTENCES = (
    Novelty(sentence="UN counts the dead of Moura", label=Label.NEW, score=0.8, nearest=DEAD),
    Novelty(sentence="The mission has stood since 2013.", label=Label.KNOWN, score=0.1,
            nearest=known("The mission has been there since 2013.")),
    Novelty(sentence="Share this article", label=Label.NOISE, score=0.0, nearest=None),
    Novelty(
        sentence="At least 500 people were killed in Moura; 1,500 had lived there.", label=Label.UPDATE, score=0.31,
        nearest=known("Another one."),
        changes=(Change(what="people killed in Moura", was="300", now="500", before=DEAD, sentence="…"),),
    ),
    Novelty(sentence="The army denies <all> of it & more.", label=Label.NEW, score=0.97, nearest=None),
    Novelty(sentence=f"{TOKYO}{FLAGS}", label=Label.NEW, score=0.91,
            nearest=known("قال المتحدث باسم الوزارة إن القوات ستغادر البلاد قبل نهاية الشهر", "بيان.md")),
    Novelty(sentence="The talks go on.", label=Label.KNOWN, score=0.2, nearest=known("Talks go on.")),
)  # fmt: skip


def compared(**facts: object) -> Compared:
    given = {"file": "inbox/june.md", "language": "en", "sentences": SENTENCES, "novelty": 0.93, "threshold": 0.7}
    return Compared(**(given | facts))  # type: ignore[arg-type]


HOSTILE = compared(
    file="\u202e\x1b[2Jfdp.<script>",
    language='en" onload="x',
    novelty=0.1,
    sentences=(
        Novelty(
            sentence="\u202eelttit\u2066 <img src=x onerror=alert(1)>\x1b]8;;http://evil.example\x07 5\x1b[31m00",
            label=Label.UPDATE, score=0.2, nearest=None,
            changes=(Change(what="\u202ewhat", was="<b>", now="5\x1b[31m00",
                            before=known("</td></table><b> \u2067x", "\u202e<a href='javascript:x'>"), sentence="…"),),
        ),
    ),
)  # fmt: skip

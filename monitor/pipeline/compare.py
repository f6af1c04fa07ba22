"""Compare: texts against a baseline, each on its own, with nothing stored.

In:  paths of texts and of a baseline.
Out: every sentence judged; how new each text is.
Not here: decisions (assess.py), showing (cli/diff.py).
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from monitor.analysis.judge import speaks, threshold_of
from monitor.analysis.known import KnownSet, joined, sentences_of
from monitor.analysis.novelty import article_novelty, judge_sentences
from monitor.model.embedding import Embedder
from monitor.model.judgement import Novelty
from monitor.model.watch import KnownText
from monitor.pipeline.baseline import prepare, read_baseline
from monitor.pipeline.vectors import vectors_of
from monitor.sources.encoder import keep_to_one_thread, packaged_encoder
from monitor.sources.source import FileSource
from monitor.store.engine import Store, open_scratch


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One text, held against the baseline."""

    file: str
    language: str  # ISO 639-1, or text.language.UNKNOWN
    sentences: tuple[Novelty, ...]  # its title first, where it has one
    novelty: float
    threshold: float

    @property
    def is_new(self) -> bool:
        """Whether `run` would speak of it."""
        return speaks(self.sentences, self.novelty, self.threshold) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Texts that are about to be compared: each is judged when it is asked for."""

    count: int
    problems: tuple[str, ...]  # what could not be read
    texts: AsyncIterator[Compared]


async def compare(files: Sequence[str], baseline: Sequence[str], stack: AsyncExitStack) -> Comparison:
    """Return texts to be held against the baseline, one by one. `stack` ends what this starts."""
    keep_to_one_thread()
    store, embedder, source = open_scratch(), packaged_encoder(), FileSource(stack)
    stack.callback(store.close)
    known, problems = await read_baseline(baseline, source)
    texts, faults = await read_baseline(files, source)
    prepared = await prepare(known, embedder=embedder, store=store)
    compared = _each(texts, joined(prepared.parts), embedder, store)
    return Comparison(count=len(texts), problems=problems + faults, texts=compared)


async def _each(
    texts: Sequence[KnownText], known: KnownSet, embedder: Embedder | None, store: Store
) -> AsyncIterator[Compared]:
    for text in texts:
        sentences = sentences_of(text.title, text.text, text.language)
        wanted = [sentence for sentence, is_noise in sentences if not is_noise] if known.sentences else []
        vectors = await vectors_of(wanted, embedder=embedder, store=store)
        judged = judge_sentences(sentences, known, vectors, text.language, text.date.date() if text.date else None)
        yield Compared(
            file=text.source,
            language=text.language,
            sentences=judged,
            novelty=article_novelty(judged),
            threshold=threshold_of(known, None),
        )

"""Compare: texts against a baseline, each on its own, with nothing stored.

In:  paths of texts and of a baseline.
Out: every sentence judged; how new each text is.
Not here: decisions (assess.py), showing (cli/diff.py).
"""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from monitor.analysis.judge import speaks, threshold_of
from monitor.analysis.known import index, sentences_of
from monitor.analysis.novelty import article_novelty, judge_sentences
from monitor.model.embedding import Embedder
from monitor.model.judgement import Novelty
from monitor.model.watch import KnownText
from monitor.pipeline.baseline import prepare, read_baseline
from monitor.pipeline.desk import Baseline
from monitor.pipeline.vectors import vectors_of
from monitor.sources.encoder import packaged_encoder
from monitor.sources.source import FileSource
from monitor.store.engine import Store, open_scratch


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One text, held against the baseline."""

    file: str
    sentences: tuple[Novelty, ...]
    novelty: float
    threshold: float

    @property
    def is_new(self) -> bool:
        """Whether `run` would speak of it."""
        return speaks(self.sentences, self.novelty, self.threshold) is not None


async def compare(
    files: Sequence[str], baseline: Sequence[str], stack: AsyncExitStack
) -> tuple[tuple[Compared, ...], tuple[str, ...]]:
    """Return each text held against the baseline, and what could not be read. `stack` ends what this starts."""
    store, embedder, source = open_scratch(), packaged_encoder(), FileSource(stack)
    stack.callback(store.close)
    known, problems = await read_baseline(baseline, source)
    texts, faults = await read_baseline(files, source)
    prepared = await prepare(known, embedder=embedder, store=store)
    return tuple([await _compared(each, prepared, embedder, store) for each in texts]), problems + faults


async def _compared(text: KnownText, baseline: Baseline, embedder: Embedder | None, store: Store) -> Compared:
    sentences = sentences_of(text.title, text.text, text.language)
    wanted = [sentence for sentence, is_noise in sentences if not is_noise] if baseline.sentences else []
    vectors = await vectors_of(wanted, embedder=embedder, store=store)
    known = index(baseline.sentences)
    judged = judge_sentences(sentences, known, vectors, text.language, text.date.date() if text.date else None)
    return Compared(
        file=text.source, sentences=judged, novelty=article_novelty(judged), threshold=threshold_of(known, None)
    )

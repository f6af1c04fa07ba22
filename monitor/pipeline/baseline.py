"""Baseline: what a watch's reader knows before anything arrives.

In:  paths of files and folders.
Out: their texts, and for a watch the sentences with vectors.
Not here: what was told later (store/decisions.py), reading files (sources/folders.py).
"""

from collections.abc import Sequence
from typing import Final

from monitor.analysis.closeness import middle_of
from monitor.analysis.known import known_sentences, parts_of, sentences_of
from monitor.errors import SourceError
from monitor.model.embedding import Embedder
from monitor.model.watch import KnownText, Watch
from monitor.pipeline.desk import Baseline, Desk
from monitor.pipeline.vectors import vectors_of
from monitor.sources.folders import FileEntry, read_paths
from monitor.sources.source import Source
from monitor.store.engine import Store
from monitor.text.language import detect
from monitor.text.urls import host

MOST_SENTENCES: Final = 5_000  # of a baseline; what is beyond is named as a problem


async def read_baseline(paths: Sequence[str], source: Source) -> tuple[tuple[KnownText, ...], tuple[str, ...]]:
    """Return the texts of files and folders, and what could not be read."""
    reading = read_paths(paths)
    texts, problems = [], list(reading.problems)
    for file in reading.entries:
        try:
            texts.append(await _text(file, source))
        except SourceError as exc:
            problems.append(f"{file.source}: {exc}")
    return tuple(texts), tuple(problems)


async def prepare(texts: Sequence[KnownText], *, embedder: Embedder | None, store: Store) -> Baseline:
    """Return a baseline ready to compare with; without an embedder it has no vectors."""
    parts = [sentences_of(each.title, each.text, each.language) for each in texts]
    wanted = dict.fromkeys(sentence for part in parts for sentence, is_noise in part if not is_noise)
    vectors = await vectors_of(list(wanted)[:MOST_SENTENCES], embedder=embedder, store=store)
    sentences = known_sentences(texts, vectors, most=MOST_SENTENCES)
    return Baseline(texts=tuple(texts), parts=parts_of(sentences), middle=middle_of(texts))


def sentence_count(texts: Sequence[KnownText]) -> int:
    """Return how many sentences texts have that are no noise, each wording once."""
    return len(known_sentences(texts, {}, most=MOST_SENTENCES))


async def baseline_of(desk: Desk, watch: Watch) -> Baseline:
    """Return a watch's baseline; one whose vectors could not be had before is prepared anew."""
    baseline, embedder = desk.baselines[watch.name], desk.embedder_of(watch)
    if embedder is None or not baseline.parts or baseline.parts[0].rows is not None:
        return baseline
    desk.baselines[watch.name] = baseline = await prepare(baseline.texts, embedder=embedder, store=desk.store)
    return baseline


async def _text(file: FileEntry, source: Source) -> KnownText:
    entry = file.entry
    title, text = entry.title, entry.text or ""
    if entry.html is not None:
        page = (await source.page_of(entry.html, entry.url)).page
        title, text = title or page.title, page.text
    return KnownText(
        source=file.source,
        title=title,
        text=text,
        language=entry.language or detect(f"{title}\n{text}"),
        date=entry.published,
        outlet=entry.outlet or (host(entry.url) if entry.url else ""),
    )

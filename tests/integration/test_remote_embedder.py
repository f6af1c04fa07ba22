"""A service of somebody's own as the embedder: its vectors are kept and compared; without them words are."""

import asyncio
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from desk_samples import FEED, NOW, STORIES, ListedSource, desk_of
from programs import run_here
from sites import Reply, Request, site
from sqlalchemy import func, select

from monitor.errors import SourceError
from monitor.model.embedding import Embedder, Scale
from monitor.model.endpoint import EmbedderEndpoint, Endpoint
from monitor.model.feed import FeedEntry
from monitor.model.judgement import Decision, Label, Outcome
from monitor.model.watch import KnownText, Watch
from monitor.pipeline.assess import assess_waiting
from monitor.pipeline.baseline import prepare
from monitor.pipeline.desk import Baseline, Desk
from monitor.pipeline.listing import entry_of
from monitor.pipeline.read import read_waiting
from monitor.pipeline.vectors import vectors_of
from monitor.sources import endpoint
from monitor.sources.remote_embedder import BATCH, MOST_CHARS, RemoteEmbedder
from monitor.store import entries
from monitor.store.engine import open_scratch
from monitor.store.tables import VectorRow

CANARY = "sk-Kanari3nvogel-7788"
ORLA = "The ferry Orla sank on Monday with 210 people aboard, the master Brandt said."
FRENCH = "Le traversier a coulé lundi, a dit le commandant."

Answer = Callable[[Request], Reply | None]


def vector_of(text: str) -> list[float]:
    """What the service makes of a text: near for the same first letter, far for others."""
    return [float(text[:1] == letter) + 0.01 * (len(text) % 7) for letter in "TLMABCDE"]


def embedded(request: Request, of: Callable[[str], Any] = vector_of) -> Reply:
    rows = [{"index": n, "embedding": of(text)} for n, text in enumerate(json.loads(request.body)["input"])]
    return Reply(body=json.dumps({"data": rows[::-1]}).encode())  # `index` tells their order


@dataclass
class Service:
    answer: Answer
    requests: list[Request] = field(default_factory=list)
    port: int = 0

    def embedder(self, *, model: str = "m", scale: Scale | None = None, deadline_s: float = 5.0) -> RemoteEmbedder:
        at = Endpoint(url=f"http://127.0.0.1:{self.port}/v1", model=model, key=CANARY, allow_private=True)
        configured = EmbedderEndpoint(name="house", endpoint=at, scale=scale or Scale())
        return RemoteEmbedder(configured, deadline_s=deadline_s)

    @property
    def inputs(self) -> list[list[str]]:
        return [json.loads(request.body)["input"] for request in self.requests]


@contextmanager
def service(answer: Answer = embedded) -> Iterator[Service]:
    served = Service(answer=answer)

    def serve(request: Request) -> Reply | None:
        served.requests.append(request)
        return served.answer(request)

    with site(serve) as served.port:
        yield served


def stored(desk: Desk) -> int:
    return desk.store.write_now(lambda tx: tx.scalar(select(func.count()).select_from(VectorRow))) or 0


def desk_with(embedder: Embedder, *known: KnownText) -> Desk:
    desk = desk_of(source=ListedSource(()))
    watch = Watch(name="all", query="*:*", embedder="house")
    baseline = asyncio.run(prepare(known, embedder=embedder, store=desk.store)) if known else Baseline()
    return replace(desk, watches={"all": watch}, baselines={"all": baseline}, embedders={"house": embedder})


def text(body: str, *, language: str = "en", source: str = "a.md") -> KnownText:
    return KnownText(source=source, title="", text=body, language=language, date=None, outlet="")


def decide(desk: Desk, story: str, *, language: str = "en") -> Decision:
    title, _, body = story.partition("\n")
    listed = FeedEntry(guid=story, title=title, text=body, language=language)
    desk.store.write_now(lambda tx: entries.add(tx, [entry_of(FEED, listed, now=NOW)]))

    async def run() -> list[Decision]:
        await read_waiting(desk)
        return [decision async for assessed in assess_waiting(desk) for decision in assessed.decisions]

    [decision] = asyncio.run(run())
    return decision


# --- what is asked and what is made of the answer ---------------------------------------------------------------------


def test_vectors_are_unit_vectors_of_bytes_in_the_order_of_the_sentences() -> None:
    with service() as served:
        found = served.embedder().encode(["The first", "Last", "Man"])
    rows = np.array([np.frombuffer(each, dtype=np.int8) for each in found], dtype=float) / 127
    assert np.allclose(np.linalg.norm(rows, axis=1), 1.0, atol=0.02)
    assert [int(np.argmax(row)) for row in rows] == [0, 1, 2]
    [request] = served.requests
    assert (request.path, request.header("authorization")) == ("/v1/embeddings", f"Bearer {CANARY}")
    assert json.loads(request.body).keys() == {"model", "input", "encoding_format"}


def test_many_sentences_go_in_batches_and_long_ones_cut() -> None:
    with service() as served:
        assert len(served.embedder().encode([f"T{n}" for n in range(BATCH + 1)] + ["x" * 9_999])) == BATCH + 2
    assert [len(each) for each in served.inputs] == [BATCH, 2]
    assert len(served.inputs[1][1]) == MOST_CHARS


def test_its_id_names_address_and_model_and_no_secret() -> None:
    with service() as served:
        embedder = served.embedder(model="bge")
    assert embedder.model_id == f"http://127.0.0.1:{served.port}/v1/embeddings bge"
    assert CANARY not in repr(embedder) + embedder.model_id


WRONG: dict[str, Answer] = {
    "500": lambda _: Reply(status=500),
    "401": lambda _: Reply(status=401, body=CANARY.encode()),
    "a redirect": lambda _: Reply(status=307, headers={"Location": "/elsewhere"}),
    "HTML": lambda _: Reply(body=b"<!doctype html>"),
    "nothing": lambda _: Reply(),
    "a broken connection": lambda _: None,
    "too much": lambda _: Reply(body=b"[" + b"1," * 5_000_000 + b"1]"),
    "no rows": lambda _: Reply(body=b'{"data": []}'),
    "another shape": lambda _: Reply(body=b'{"data": {"index": 0}}'),
    "a list": lambda _: Reply(body=b"[]"),
    "an index that is none": lambda _: Reply(body=b'{"data": [{"index": "x", "embedding": [1]}]}'),
    "words": lambda request: embedded(request, lambda _: ["a"] * 8),
    "text": lambda request: embedded(request, lambda _: "AAAA"),
    "null": lambda request: embedded(request, lambda _: None),
    "not a number": lambda request: embedded(request, lambda _: [float("nan")] * 8),
    "endless": lambda request: embedded(request, lambda _: [1e308] * 8),
    "zeros": lambda request: embedded(request, lambda _: [0.0] * 8),
    "too short": lambda request: embedded(request, lambda _: [1.0]),
    "too long": lambda request: embedded(request, lambda _: [1.0] * 9_000),
    "several lengths": lambda request: embedded(request, lambda text: [1.0] * (8 + len(text))),
}


@pytest.mark.parametrize("answer", WRONG.values(), ids=WRONG)
def test_a_wrong_answer_fails_by_name_and_the_article_is_judged_by_words(
    answer: Answer, capfd: pytest.CaptureFixture[str]
) -> None:
    with service(answer) as served:
        with pytest.raises(SourceError) as failed:
            served.embedder().encode(["The first", "Last"])
        assert CANARY not in str(failed.value)
        desk = desk_with(served.embedder(), text(f"{ORLA} Last."))
        decision = decide(desk, STORIES[1])
    assert decision.outcome is Outcome.ALERTED
    assert decision.threshold == 0.75  # that of words
    assert "its embedder failed: words alone were compared" in decision.note
    assert decision.alert is not None
    assert stored(desk) == 0
    out, err = capfd.readouterr()
    assert "embedder_failed" in out + err
    assert CANARY not in out + err


def test_one_that_hangs_is_asked_once_and_then_left_alone() -> None:
    released = threading.Event()

    def hang(_: Request) -> None:
        released.wait(20)

    with service(hang) as served:
        began = time.monotonic()
        try:
            desk = desk_with(served.embedder(deadline_s=0.5), text(ORLA))
            found = [decide(desk, story).outcome for story in STORIES[1:]]
        finally:
            released.set()
    assert found == [Outcome.ALERTED] * 2
    assert time.monotonic() - began < 5
    assert len(served.requests) == 1


def test_one_that_fails_later_leaves_the_article_to_words_whatever_the_baseline_has() -> None:
    given: list[Answer] = [embedded]
    with service(lambda request: given.pop()(request) if given else Reply(status=400)) as served:
        desk = desk_with(served.embedder(), text(ORLA))
        decision = decide(desk, STORIES[1])
    assert desk.baselines["all"].parts[0].rows is not None
    assert decision.threshold == 0.75  # that of words
    assert "words alone were compared" in decision.note


# --- what is kept -----------------------------------------------------------------------------------------------------


def test_vectors_are_kept_under_their_model_and_made_anew_for_another() -> None:
    with service() as served:
        store = open_scratch()

        def had(model: str, *sentences: str) -> int:
            served.requests.clear()
            asyncio.run(vectors_of(sentences, embedder=served.embedder(model=model), store=store))
            return sum(map(len, served.inputs))

        assert had("one", "This", "That") == 2
        assert had("one", "This", "That", "There") == 1
        assert had("two", "This", "There") == 2  # only what is asked for
        assert had("two", "This", "There") == had("one", "There") == 0


def test_what_was_had_before_a_failure_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "REST_S", 0.0)
    given: list[Answer] = [embedded, lambda _: Reply(status=503)]
    with service(lambda request: given.pop(0)(request) if given else embedded(request)) as served:
        store, sentences = open_scratch(), [f"Sentence {n}." for n in range(2 * BATCH)]
        assert asyncio.run(vectors_of(sentences, embedder=served.embedder(), store=store)) == {}
        assert len(asyncio.run(vectors_of(sentences, embedder=served.embedder(), store=store))) == 2 * BATCH
    assert [len(each) for each in served.inputs] == [BATCH, BATCH, BATCH]


def test_another_model_under_the_old_name_mixes_nothing() -> None:
    """A vector of another length cannot be held against the old ones: they are made anew."""
    size = [8]
    with service(lambda request: embedded(request, lambda text: (vector_of(text) * 2)[: size[0]])) as served:
        store = open_scratch()
        asyncio.run(vectors_of(["This", "That"], embedder=served.embedder(), store=store))
        size[0] = 16
        found = asyncio.run(vectors_of(["This", "There"], embedder=served.embedder(), store=store))
        again = asyncio.run(vectors_of(["This", "There"], embedder=served.embedder(), store=store))
    assert {len(each) for each in found.values()} == {16}
    assert again == found
    assert served.inputs == [["This", "That"], ["There"], ["This", "There"]]


def test_a_baseline_in_vectors_of_another_length_is_compared_by_words() -> None:
    size = [8]
    with service(lambda request: embedded(request, lambda text: (vector_of(text) * 2)[: size[0]])) as served:
        desk = desk_with(served.embedder(), text(ORLA))
        size[0] = 16
        decision = decide(desk, f"Ferry Orla sinks\n{ORLA}")
    assert decision.outcome is Outcome.KNOWN


# --- what is decided --------------------------------------------------------------------------------------------------


def test_what_was_told_in_another_language_is_known_by_meaning() -> None:
    with service(lambda request: embedded(request, lambda text: vector_of("T"))) as served:
        decision = decide(desk_with(served.embedder(), text(ORLA)), f"Naufrage\n{FRENCH}", language="fr")
    assert decision.outcome is Outcome.KNOWN
    assert [each.label for each in decision.sentences] == [Label.KNOWN] * 2


def test_a_model_whose_likenesses_lie_near_one_is_read_by_its_own_scale() -> None:
    """Of its vectors two that differ are alike by .86, which the packaged model gives to the same sense only."""

    def close(sentence: str) -> list[float]:
        return [1.0, 0.4 * sentence.startswith("The"), 0.4 * (not sentence.startswith("The")), 0, 0, 0, 0, 0]

    with service(lambda request: embedded(request, close)) as served:
        found = {}
        for name, scale in (("as packaged", Scale()), ("its own", Scale.of((0.86, 0.97), (0.86, 0.97)))):
            desk = desk_with(served.embedder(scale=scale), text(ORLA))
            found[name] = decide(desk, f"Naufrage\n{FRENCH}", language="fr")
    assert found["as packaged"].outcome is Outcome.KNOWN
    assert [each.label for each in found["its own"].sentences] == [Label.NEW] * 2


def test_a_baseline_that_could_not_be_embedded_is_once_the_service_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "REST_S", 0.0)
    given: list[Answer] = [lambda _: Reply(status=503)] * 3  # the baseline at the start and again, then the article

    def answer(request: Request) -> Reply | None:
        return given.pop(0)(request) if given else embedded(request, lambda _: vector_of("T"))

    with service(answer) as served:
        desk = desk_with(served.embedder(), text(ORLA))
        assert "words alone were compared" in decide(desk, STORIES[2]).note
        assert given == []
        decision = decide(desk, f"Naufrage\n{FRENCH}", language="fr")
    assert "words alone" not in decision.note
    assert decision.outcome is Outcome.KNOWN


def by_words(*known: KnownText) -> Desk:
    desk = replace(desk_with(_never()), watches={"all": Watch(name="all", query="*:*", embedder="none")})
    desk.baselines["all"] = asyncio.run(prepare(known, embedder=None, store=desk.store))
    return desk


def test_without_vectors_another_language_is_told_with_a_doubt() -> None:
    decision = decide(by_words(text(ORLA)), f"Naufrage\n{FRENCH}", language="fr")
    assert decision.alert is not None
    assert decision.alert.is_unsure
    assert all(each.is_unsure for each in decision.alert.new)
    assert "it may be known" in decision.note


def test_what_was_told_in_its_language_meanwhile_does_not_make_the_rest_sure() -> None:
    """A second article in that language was held against one sentence of many."""
    desk = by_words(*(text(each.partition("\n")[2]) for each in STORIES))
    decide(desk, f"Naufrage\n{FRENCH}", language="fr")
    again = decide(desk, "Des ours\nTrois ours bruns sont passés devant l'école de Velka lundi matin.", language="fr")
    assert again.alert is not None
    assert [each.is_unsure for each in again.alert.new] == [True]


@pytest.mark.parametrize(
    ("known", "story", "language"),
    [((text(ORLA),), STORIES[1], "en"), ((), f"Naufrage\n{FRENCH}", "fr")],
    ids=["its own language", "nothing known"],
)
def test_without_vectors_there_is_no_doubt_where_words_can_tell(
    known: tuple[KnownText, ...], story: str, language: str
) -> None:
    decision = decide(by_words(*known), story, language=language)
    assert decision.alert is not None
    assert not decision.alert.is_unsure
    assert not any(each.is_unsure for each in decision.alert.new)
    assert "it may be known" not in decision.note


def _never() -> Embedder:
    at = Endpoint(url="http://127.0.0.1:1/v1", model="m")
    return RemoteEmbedder(EmbedderEndpoint(name="house", endpoint=at, scale=Scale()))


# --- the program as a user has it -------------------------------------------------------------------------------------


def test_a_pass_with_a_service_says_no_key_anywhere_and_a_replay_asks_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "dam.txt").write_text(f"Mali: a dam\n{ORLA}", encoding="utf-8")
    (tmp_path / "known.md").write_text("Known\n\nTwo families left Mali.", encoding="utf-8")
    (tmp_path / "key").write_text(CANARY, encoding="utf-8")
    (tmp_path / "key").chmod(0o600)
    with service() as served:
        config = {
            "version": 1,
            "feeds": [{"name": "in", "folder": "inbox", "first_poll": "judge"}],
            "watches": [{"name": "m", "match": "Mali", "baseline": ["known.md"], "novelty": {"embedder": "house"}}],
            "embedders": [
                {"name": "house", "url": f"http://127.0.0.1:{served.port}/v1", "model": "m", "key_file": "key",
                 "allow_private": True, "same_language": [0.4, 0.8]},
            ],
        }  # fmt: skip
        (tmp_path / "monitor.yaml").write_text(json.dumps(config), encoding="utf-8")
        ran = run_here(tmp_path / "monitor.yaml", "-v", "--json", "once", "--now")
        assert ran.code == 0
        assert sum(map(len, served.inputs)) == 4  # two known sentences, two of the article
        assert {each.header("authorization") for each in served.requests} == {f"Bearer {CANARY}"}
        served.requests.clear()
        replayed = run_here(tmp_path / "monitor.yaml", "--json", "replay", tmp_path / "inbox")
        assert (replayed.code, served.requests) == (0, [])
    [alert] = ran.of("alert")
    assert alert["threshold"] == 0.6  # that of meaning
    held = b"".join(each.read_bytes() for each in tmp_path.rglob("*") if each.is_file() and each.name != "key")
    assert CANARY not in ran.out + ran.err + replayed.out + replayed.err + caplog.text
    assert CANARY.encode() not in held

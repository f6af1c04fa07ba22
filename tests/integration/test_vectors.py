"""Vectors: encoded once, looked up once, and at hand from then on."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest
from article_samples import vector
from sqlalchemy import delete, func, select

from monitor.model.embedding import Scale, Vector
from monitor.pipeline import vectors
from monitor.pipeline.vectors import AtHand, vectors_of
from monitor.store.engine import Store, open_scratch
from monitor.store.tables import VectorRow

TOLD = ("Dockers left.", "Ferries wait.", "Cranes rust.")


class Counting:
    """Says what it was asked for; every sentence means its length."""

    model_id = "counting/1"
    scale = Scale()

    def __init__(self, dimensions: int = 2) -> None:
        self.asked: list[str] = []
        self._rest = [0.0] * (dimensions - 1)

    def encode(self, sentences: Sequence[str]) -> list[Vector]:
        self.asked += sentences
        return [vector(len(sentence), *self._rest) for sentence in sentences]


def ask(embedder: Counting, store: Store, at_hand: AtHand | None, *sentences: str) -> Mapping[str, Vector]:
    return asyncio.run(vectors_of(sentences, embedder=embedder, store=store, at_hand=at_hand))


def forget(store: Store) -> None:
    store.write_now(lambda tx: tx.execute(delete(VectorRow)))


def test_a_sentence_is_encoded_once_and_stored() -> None:
    embedder, store = Counting(), open_scratch()
    first = ask(embedder, store, None, *TOLD, TOLD[0])
    assert list(first) == list(TOLD)
    assert ask(embedder, store, None, *TOLD) == first
    assert embedder.asked == list(TOLD)


def test_what_is_at_hand_is_not_looked_up_again() -> None:
    embedder, store = Counting(), open_scratch()
    at_hand: AtHand = {}
    first = ask(embedder, store, at_hand, *TOLD[:2])
    forget(store)
    assert ask(embedder, store, at_hand, *TOLD) == {**first, TOLD[2]: vector(len(TOLD[2]), 0)}
    assert embedder.asked == list(TOLD)
    assert store.write_now(lambda tx: tx.scalar(select(func.count()).select_from(VectorRow))) == 1


def test_only_so_many_are_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "MOST_AT_HAND", 2)
    embedder, store = Counting(), open_scratch()
    at_hand: AtHand = {}
    assert list(ask(embedder, store, at_hand, *TOLD)) == list(TOLD)
    assert list(at_hand[embedder.model_id]) == list(TOLD[1:])


def test_another_model_that_answers_to_the_name_replaces_what_is_at_hand() -> None:
    store = open_scratch()
    at_hand: AtHand = {}
    ask(Counting(), store, at_hand, *TOLD[:2])
    other = Counting(dimensions=3)
    found = ask(other, store, at_hand, *TOLD)
    assert {len(each) for each in found.values()} == {3}
    assert other.asked == [TOLD[2], *TOLD]
    forget(store)
    assert ask(other, store, at_hand, *TOLD) == found

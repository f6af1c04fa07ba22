"""Overlap: the largest of numbers, and how much of some sentences known ones cover."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.analysis.overlap import largest


@pytest.mark.parametrize("most", [1, 3, 4, 5, 12])
@given(st.lists(st.integers(-3, 3), max_size=20))
def test_the_largest_come_first_and_of_equals_the_first(most: int, numbers: list[int]) -> None:
    expected = sorted(range(len(numbers)), key=lambda at: (-numbers[at], at))[:most]
    assert largest(np.array(numbers, dtype=np.float32), most).tolist() == expected

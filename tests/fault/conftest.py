"""What the tests of hostile material share: a loop and a warm worker, for starting one takes longer than a test."""

import asyncio
from collections.abc import Iterator

import pytest

from monitor.sources.workers import Workers


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def workers(loop: asyncio.Runner) -> Iterator[Workers]:
    shared = Workers(1)
    loop.run(shared.run(int, "1", timeout_s=5))  # warm: the limits are for the sample, not for the start
    yield shared
    loop.run(shared.close())

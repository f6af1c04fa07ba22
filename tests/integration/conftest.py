"""What the tests of `monitor feed` share: a web site, and a desk with no feed yet."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sites
from feed_desk import OPEN, Shell, Site


@pytest.fixture
def site() -> Iterator[Site]:
    served = Site()
    with sites.site(served.answer) as served.port:
        yield served


@pytest.fixture
def monitor(tmp_path: Path) -> Shell:
    shell = Shell(tmp_path)
    shell.file.write_text(OPEN, encoding="utf-8")
    return shell

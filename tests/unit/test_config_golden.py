"""Bad configurations and what is said of each, byte for byte; `make golden` rewrites the answers."""

from collections.abc import Callable
from contextlib import chdir
from functools import cache
from pathlib import Path

import pytest

from monitor.config.load import load_config
from monitor.errors import ConfigError

FOLDER = Path(__file__).resolve().parent.parent / "golden" / "config"
BAD = sorted(path.name for path in FOLDER.glob("*.yaml"))


@cache
def problems_of(name: str) -> str:
    with chdir(FOLDER), pytest.raises(ConfigError) as caught:
        load_config(Path(name), environ={})
    return "".join(f"{problem}\n" for problem in caught.value.problems)


def test_there_are_golden_files_to_hold_us_to() -> None:
    assert len(BAD) >= 25


@pytest.mark.parametrize("name", BAD)
def test_golden_a_bad_file_is_answered_in_the_same_words(name: str, golden: Callable[[Path, str], None]) -> None:
    golden(FOLDER / f"{Path(name).stem}.txt", problems_of(name))


@pytest.mark.parametrize("name", BAD)
def test_every_problem_names_its_file_line_and_column_in_one_line(name: str) -> None:
    for line in problems_of(name).splitlines():
        file, row, column, said = line.split(":", 3)
        assert (file, said[0]) == (name, " ")
        assert int(row) >= 1
        assert int(column) >= 1


@pytest.mark.parametrize("name", BAD)
def test_no_secret_stands_in_a_problem(name: str) -> None:
    assert "s3cret" not in problems_of(name)

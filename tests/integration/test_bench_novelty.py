"""A small run of the novelty benchmark: every part of it measures something, and its last line says it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from programs import ENVIRON, ROOT

# Counts what the database does while articles are judged beside an archive: no load of the machine changes that.
COUNTED = """
import sys
from pathlib import Path
from bench.novelty_archive import make_archive
from bench.novelty_desk import _Program, configuration
from monitor.store.engine import Store

folder, steps, write = Path(sys.argv[1]), [], Store.write_now

def counted(store, work):
    def watched(tx):
        connection = tx.connection.driver_connection
        connection.set_progress_handler(lambda: steps.append(1), 100)
        try:
            return work(tx)
        finally:
            connection.set_progress_handler(None, 0)
    return write(store, watched)

make_archive(folder / "state", int(sys.argv[2]))
program = _Program()
config = str(configuration(folder, has_embedder=False))
program.obey("open", {"config": config, "state": str(folder / "state"), "told": 12})
Store.write_now = counted
judged = program.obey("judge", {"articles": 4})
program.obey("close", {})
print(len(steps), judged["known"])
"""
SMALL = ("--articles", "3", "--repeats", "1", "--told", "30", "--small", "2000", "--large", "40000")


@pytest.mark.slow
def test_the_benchmark_measures_and_says_so_in_its_last_line() -> None:
    words = [sys.executable, "-m", "bench.novelty", "--only", "lexical", "growth", *SMALL]
    ran = subprocess.run(
        words, cwd=ROOT, env=ENVIRON, capture_output=True, encoding="utf-8", timeout=110, check=False
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout.splitlines()[-1])
    assert told.keys() >= {"lexical_ms_25", "semantic_ms_25", "growth_10k_to_10m"}
    assert 0 < told["lexical_ms_25"] < told["lexical_whole_ms_25"]
    assert told["lexical_known"] > 1_400  # that is what makes it dear
    assert 0.2 < told["growth_10k_to_10m"] < 5
    assert told["growth_large"] == 40_000
    assert told["semantic_ms_25"] is None  # not asked for


@pytest.mark.slow
def test_an_archive_holds_what_was_asked_for_with_all_that_belongs_to_it(tmp_path: Path) -> None:
    """Sentences with their articles, stories that are open with their words: else nothing would grow."""
    made = "import json, sys; from bench.novelty_archive import make_archive; from pathlib import Path; "
    words = [sys.executable, "-c", made + "print(json.dumps(make_archive(Path(sys.argv[1]), 5000)))"]
    ran = subprocess.run(
        [*words, str(tmp_path / "state")], cwd=ROOT, env=ENVIRON, capture_output=True, encoding="utf-8", timeout=60,
        check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert (told["sentences"], told["articles"]) == (5_000, 200)
    assert told["open_stories"] == 4


@pytest.mark.slow
def test_the_database_does_no_more_for_an_article_beside_twenty_times_as_many_sentences(tmp_path: Path) -> None:
    told = []
    for sentences in (10_000, 200_000):
        folder = tmp_path / str(sentences)
        folder.mkdir()
        words = [sys.executable, "-c", COUNTED, str(folder), str(sentences)]
        ran = subprocess.run(
            words, cwd=ROOT, env=ENVIRON, capture_output=True, encoding="utf-8", timeout=110, check=False
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        told.append([int(number) for number in ran.stdout.splitlines()[-1].split()])
    (steps, known), (more_steps, more_known) = told
    assert steps > 100
    assert more_steps < 1.5 * steps
    assert known <= more_known <= 2_000

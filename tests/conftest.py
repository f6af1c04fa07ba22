"""What all tests share: the shared material, and property tests that give the same examples every time."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent

os.environ.pop("MONITOR_CONFIG", None)  # whoever runs the tests may have a configuration of their own
for _threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")  # as the program has it; several spin for ten times as long on a busy machine

# The same 60 examples each time: what they can find, they have found. `make test-long` tries ten times as many.
EXAMPLES = 60 * int(os.environ.get("LONGER", "1"))
settings.register_profile("same-every-time", derandomize=True, deadline=None, database=None, max_examples=EXAMPLES)
settings.load_profile("same-every-time")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run only what holds golden files where these are to be rewritten, and begin with the longest files."""
    if os.environ.get("GOLDEN") == "rewrite":
        others = [item for item in items if "golden" not in getattr(item, "fixturenames", ())]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in others]
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)  # else the longest file may begin when all others have ended


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return a process more than there are cores, since a third of the tests' time is waiting; a few at most."""
    return min((os.cpu_count() or 1) + 1, 4)


@pytest.fixture(autouse=True)
def log_as_it_was() -> Iterator[None]:
    """Take back what a test set up for its log: another one may come after it whose output is elsewhere."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's own folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared material: `$NEWS_SHARED`, else `shared` beside the project."""
    folder = Path(os.environ.get("NEWS_SHARED") or ROOT.parent / "shared").resolve()
    if not folder.is_dir():
        pytest.skip("shared material is absent (set NEWS_SHARED, or put it at ../shared)")
    return folder


@pytest.fixture
def golden() -> Callable[[Path, str], None]:
    """Hold a text against a golden file, byte for byte; `GOLDEN=rewrite` (make golden) writes the file instead."""

    def hold(path: Path, text: str) -> None:
        if os.environ.get("GOLDEN") == "rewrite":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
        assert text == path.read_text(encoding="utf-8")

    return hold

"""Tests of watches, as a file lists them.

In:  a YAML file: `tests`, each with a watch, a text, and whether the watch matches it.
Out: WatchTests; or ConfigError with every problem at once.
Not here: holding watches against them (cli/rules_test.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, StrictStr

from monitor.config.document import Document, Key, Mark, Problems, read_document
from monitor.config.schema import LabelText, Language, PathText, Section, share
from monitor.config.sections import did_you_mean, validate
from monitor.errors import ConfigError, ParseError
from monitor.sources.folders import read_plain

MAX_BYTES = 5 * 1024 * 1024  # of the file, and of each text that it names


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchTest:
    """A text, and what a watch is expected to make of it."""

    name: str
    watch: str
    title: str
    text: str
    outlet: str
    language: str
    closeness: float | None  # to the watch's baseline, as if it had been measured
    is_match: bool
    mentions: tuple[str, ...] | None  # exactly these, in text order; None: any
    place: str  # FILE:LINE:COL: tests.0


class FileIn(Section):
    """The file's top level."""

    tests: Annotated[list[Any], Field(min_length=1)]


class TestIn(Section):
    """One test: a text of its own (`title`, `text`) or a file's."""

    __test__ = False  # pytest would take it for one of its own
    STAND_INS: ClassVar[dict[str, Any]] = {"watch": "_", "expect": "match"}

    name: LabelText | None = None
    watch: StrictStr
    title: StrictStr = ""
    text: StrictStr = ""
    file: PathText | None = None
    outlet: StrictStr = ""
    language: Language | Literal["und"] = "und"
    closeness: Annotated[float, BeforeValidator(share)] | None = None
    expect: Literal["match", "no match"]
    mentions: tuple[StrictStr, ...] | None = None


def load_watch_tests(path: Path, watches: Sequence[str], *, environ: Mapping[str, str]) -> tuple[WatchTest, ...]:
    """Return the tests that a file holds.

    watches: the names there are. environ: for `${NAME}` in values.
    Raises ConfigError: with every problem as `FILE:LINE:COL: key.path: message`.
    """
    problems = Problems(file=str(path))
    text = _read(path, Mark(), (), problems)
    document = read_document(text, problems, environ=environ) if text and text.strip() else None
    if document is None and not problems.lines:
        problems.add(Mark(), (), "the file is empty; it holds `tests`, a list")
    found = _tests(document, path, watches, problems) if document is not None else []
    if problems.lines:
        raise ConfigError(problems.lines)
    return tuple(found)


def _tests(document: Document, path: Path, watches: Sequence[str], problems: Problems) -> list[WatchTest]:
    top = validate(FileIn, document.data, (), document, problems)
    found = []
    for number, value in enumerate(top.tests if top else ()):
        key: Key = ("tests", number)
        read = validate(TestIn, value, key, document, problems)
        if read is not None:
            found.append(_test(read, key, document, path, problems))
            if read.watch not in watches and (*key, "watch") in document.values:
                said = f"there is no watch {read.watch[:80]!r}{did_you_mean(read.watch, watches)}"
                problems.add(document.value_mark((*key, "watch")), (*key, "watch"), said)
    return found


def _test(read: TestIn, key: Key, document: Document, path: Path, problems: Problems) -> WatchTest:
    title, text = read.title, read.text
    mark = document.value_mark(key)
    if (read.file is None) == (not title and not text):
        problems.add(mark, key, "a test needs a text: either `title` and `text`, or `file`")
    elif read.file is not None:
        at = (*key, "file")
        held = _read(path.parent / read.file, document.value_mark(at), at, problems) or ""
        title, _, text = held.lstrip().partition("\n")
    if read.mentions and read.expect == "no match":
        problems.add(document.value_mark((*key, "mentions")), (*key, "mentions"), "what does not match has no mentions")
    return WatchTest(
        name=read.name or f"tests.{key[-1]}",
        watch=read.watch,
        title=title,
        text=text,
        outlet=read.outlet,
        language=read.language,
        closeness=read.closeness,
        is_match=read.expect == "match",
        mentions=read.mentions,
        place=problems.place(mark, key),
    )


def _read(path: Path, mark: Mark, key: Key, problems: Problems) -> str | None:
    """Return the text of a file; what keeps it from being read goes to the problems."""
    try:
        held = read_plain(path, MAX_BYTES + 1)
        if len(held) > MAX_BYTES:
            raise ValueError(f"is larger than {MAX_BYTES // 1024**2} MiB")
        return held.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problems.add(mark, key, f"{path.name!r} is not UTF-8 text (byte {error.start})")
    except (OSError, ParseError, ValueError) as error:
        said = (getattr(error, "strerror", None) or str(error)).lower()
        problems.add(mark, key, f"{path.name!r} cannot be read: {said}")
    return None

"""Folders: articles that lie in files.

In:  paths of files and folders, as given.
Out: their entries in the order of CONTRACT.md, and a sentence for everything that could not be read.
Not here: reading HTML (extract.py), the replayed clock (pipeline/), what a baseline is (analysis/).
"""

import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from monitor.errors import FetchError, ParseError
from monitor.model.feed import Feed, FeedEntry, NotModified, ParsedFeed, Polled, Validators
from monitor.sources.markup import clean
from monitor.text.urls import MAX_URL_CHARS, host, key_of

SUFFIXES: Final = frozenset({".txt", ".md", ".html", ".jsonl"})
MAX_FILE_BYTES: Final = 5 * 1024 * 1024
MAX_ROWS_FILE_BYTES: Final = 20 * 1024 * 1024
MAX_ROWS: Final = 100_000
MAX_FRONT_CHARS: Final = 20_000
MAX_TITLE_CHARS: Final = 500
_KINDS: Final = ".txt, .md, .html or .jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """An entry with the file it came from."""

    source: str  # the path as given; a row of a .jsonl file has ":LINE" after it
    entry: FeedEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderReading:
    """What files brought: entries in order, and one sentence for each thing that could not be read."""

    entries: tuple[FileEntry, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _File:
    path: str  # as given
    guid: str  # "N:relative/path"


@dataclass(frozen=True, slots=True)
class _Row:
    path: str
    line: int
    item: FileEntry


def read_paths(paths: Sequence[str]) -> FolderReading:
    """Return the entries of files and folders, and what could not be read; a fault in one file leaves the others alone.

    An entry's guid is "N:relative/path", with ":LINE" after it for a row: N is the index of the path, so that a folder
    gives the same guids wherever it lies. Order: by date where every entry has one, those of one date by address; else
    by path and line.
    """
    problems: list[str] = []
    rows = [row for file in _files(paths, problems) for row in _read_file(file, problems)]
    if all(row.item.entry.published for row in rows):
        rows.sort(key=lambda row: (row.item.entry.published, row.item.entry.url or "", row.path, row.line))
    else:
        rows.sort(key=lambda row: (row.path, row.line))
    return FolderReading(entries=tuple(row.item for row in rows), problems=tuple(problems))


def poll_folder(feed: Feed, validators: Validators) -> Polled:
    """Return what a folder feed's files say, or NotModified while no path, size or time of change is another.

    feed: one with a folder. The validators' body_hash stands for the folder's listing.
    Raises FetchError: no such folder.
    """
    folder = feed.folder or ""
    if not Path(folder).is_dir():
        raise FetchError("no such folder", url=folder)
    listing = hashlib.blake2b(digest_size=16)
    files = list(_files([folder], []))
    for file in files:
        found = os.lstat(file.path)
        listing.update(f"{file.guid}\0{found.st_size}\0{found.st_mtime_ns}\n".encode("utf-8", "replace"))
    fresh = Validators(body_hash=listing.hexdigest())
    if fresh == validators:
        return NotModified(validators=fresh)
    reading = read_paths([folder]) if files else FolderReading(entries=(), problems=())  # an inbox may be empty
    entries = tuple(_keyed(item.entry) for item in reading.entries)
    return ParsedFeed(entries=entries, validators=fresh, problems=reading.problems)


def _keyed(entry: FeedEntry) -> FeedEntry:
    return replace(entry, url_key=key_of(entry.url), host=host(entry.url)) if entry.url else entry


def read_plain(path: str | Path, most: int) -> bytes:
    """Return the first bytes of a plain file, `most` at the most; a pipe is never waited for.

    Raises OSError; ParseError: what lies there is no plain file.
    """
    # Without O_NONBLOCK, opening a FIFO waits for a writer; what is no plain file is closed again unread.
    opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY) if _is_plain(path) else -1
    if opened < 0:
        raise ParseError("is not a plain file and was not opened")
    with os.fdopen(opened, "rb") as stream:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise ParseError("is not a plain file and was not read")
        return stream.read(most)


def _files(paths: Sequence[str], problems: list[str]) -> Iterator[_File]:
    for index, given in enumerate(paths):
        root = Path(given)
        try:
            mode = root.stat().st_mode
        except (OSError, ValueError) as exc:
            problems.append(f"{_shown(given)}: {_why(exc)}")
            continue
        if stat.S_ISDIR(mode):
            yield from _folder_files(given, index, problems)
        elif root.suffix.lower() not in SUFFIXES:
            problems.append(f"{_shown(given)}: is not a {_KINDS} file")
        else:
            yield _File(given, f"{index}:{_shown(root.name)}")


def _folder_files(given: str, index: int, problems: list[str]) -> Iterator[_File]:
    count = 0
    inside = os.path.realpath(given)  # Path.resolve() raises RuntimeError on a link to itself

    def note(exc: OSError) -> None:
        problems.append(f"{_shown(str(exc.filename or given))}: {_why(exc)}")

    for folder, subfolders, names in os.walk(given, onerror=note):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        for name in sorted(names):
            path = os.path.join(folder, name)  # noqa: PTH118  # Path would drop the "./" of a path as given
            if _is_passed_over(name):
                continue
            count += 1
            if Path(path).is_symlink() and not Path(os.path.realpath(path)).is_relative_to(inside):
                problems.append(f"{_shown(path)}: leads outside the folder and was not opened")
                continue
            relative = Path(path).relative_to(given).as_posix()
            yield _File(path, f"{index}:{_shown(relative)}")
    if not count:
        problems.append(f"{_shown(given)}: no {_KINDS} file in this folder")


def _is_passed_over(name: str) -> bool:
    is_other = Path(name).suffix.lower() not in SUFFIXES
    return is_other or name.startswith(".") or name.upper().startswith("README")


def _read_file(file: _File, problems: list[str]) -> list[_Row]:
    suffix = Path(file.path).suffix.lower()
    try:
        data = _bytes(file.path, MAX_ROWS_FILE_BYTES if suffix == ".jsonl" else MAX_FILE_BYTES)
        if suffix == ".jsonl":
            return _rows(file, _decoded(data), problems)
        if suffix == ".html":
            entry = FeedEntry(guid=file.guid, title="", html=data)
        else:
            entry = _article(file.guid, _decoded(data))
    except (OSError, ParseError) as exc:
        problems.append(f"{_shown(file.path)}: {_why(exc)}")
        return []
    return [_Row(file.path, 0, FileEntry(source=_shown(file.path), entry=entry))]


def _bytes(path: str, cap: int) -> bytes:
    data = read_plain(path, cap + 1)
    if len(data) > cap:
        raise ParseError(f"is larger than {cap // (1024 * 1024)} MiB")
    return data


def _is_plain(path: str | Path) -> bool:
    return stat.S_ISREG(Path(path).stat().st_mode)


def _decoded(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise ParseError(f"is not UTF-8 text (byte {exc.start:,})") from exc
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _article(guid: str, text: str) -> FeedEntry:
    front, body = _front_matter(text)
    return _entry(guid, front, body)


def _front_matter(text: str) -> tuple[Mapping[str, object], str]:
    if not text.startswith("---\n"):
        return {}, text
    block, closing, body = text.removeprefix("---\n").partition("\n---\n")
    if not closing:
        block, closing, body = text.removeprefix("---\n").rstrip().removesuffix("\n---"), "", ""
        if not text.rstrip().endswith("\n---"):
            raise ParseError("its front matter has no closing --- line")
    if len(block) > MAX_FRONT_CHARS:
        raise ParseError(f"its front matter is longer than {MAX_FRONT_CHARS:,} characters")
    reader = YAML(typ="safe", pure=True)
    try:
        front = reader.load(StringIO(clean(block)))
    except ValueError as exc:  # of a date, mostly
        raise ParseError(f"its front matter holds a value that cannot be: {exc}") from exc
    except (YAMLError, TypeError, AttributeError, RecursionError) as exc:
        line = getattr(getattr(exc, "problem_mark", None), "line", None)
        where = f" (line {line + 2})" if isinstance(line, int) else ""
        raise ParseError(f"its front matter is not YAML{where}") from exc
    if front is None:
        return {}, body
    if not isinstance(front, dict):
        raise ParseError("its front matter is not a list of keys and values")
    return front, body


def _rows(file: _File, text: str, problems: list[str]) -> list[_Row]:
    rows: list[_Row] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        source = f"{_shown(file.path)}:{number}"
        if len(rows) == MAX_ROWS:
            problems.append(f"{source}: holds more than {MAX_ROWS:,} rows; the rest was not read")
            break
        try:
            entry = _row_entry(f"{file.guid}:{number}", line)
        except ParseError as exc:
            problems.append(f"{source}: {exc}")
            continue
        rows.append(_Row(file.path, number, FileEntry(source=source, entry=entry)))
    return rows


def _row_entry(guid: str, line: str) -> FeedEntry:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as exc:
        raise ParseError("is not a JSON object") from exc
    if not isinstance(row, dict):
        raise ParseError("is not a JSON object")
    page, text = row.get("html"), row.get("text")
    if isinstance(page, str) and page and not text:
        return _entry(guid, row, None, page.encode("utf-8", "replace"))
    if not isinstance(text, str):
        raise ParseError("has neither text nor html")
    entry = _entry(guid, row, text)
    # A row without a title is one text: its first line serves as the title and stays in the text.
    return entry if _word(row, "title") else replace(entry, text=clean(text).strip())


def _entry(guid: str, named: Mapping[str, object], body: str | None, page: bytes | None = None) -> FeedEntry:
    title = " ".join(_word(named, "title").split())[:MAX_TITLE_CHARS]
    text = None if body is None else clean(body).strip("\n")
    if text is not None:
        title, text = _title_and_rest(title, text)
    return FeedEntry(
        guid=guid,
        title=title,
        url=_url(_word(named, "url")),
        published=_date(named.get("date")),
        outlet=_word(named, "outlet") or None,
        language=_word(named, "language").lower() or None,
        text=text,
        html=page,
    )


def _title_and_rest(title: str, text: str) -> tuple[str, str]:
    first, _, rest = text.lstrip().partition("\n")
    line = " ".join(first.removeprefix("# ").split())
    if title:
        return title, rest.strip() if line == title else text.strip()
    if len(line) > MAX_TITLE_CHARS:  # a paragraph, not a title: nothing of it may get lost
        return line[: MAX_TITLE_CHARS - 1] + "…", text.strip()
    return line, rest.strip()


def _word(named: Mapping[str, object], key: str) -> str:
    value = named.get(key)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float | date):
        raise ParseError(f"{key} is not a text")
    return clean(str(value)).strip()


def _url(value: str) -> str | None:
    if not value:
        return None
    try:
        parts = urlsplit(value)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and len(value) <= MAX_URL_CHARS
    except ValueError:
        is_web = False
    if not is_web:
        raise ParseError(f"url is not a web address (http or https, at most {MAX_URL_CHARS:,} characters)")
    return value


def _date(value: object) -> datetime | None:
    if value is None or value == "":
        return None
    found: datetime | None = None
    if isinstance(value, datetime):
        found = value
    elif isinstance(value, date):
        found = datetime(value.year, value.month, value.day, tzinfo=UTC)
    elif isinstance(value, str):
        found = _guarded(lambda: datetime.fromisoformat(value.strip()))
    aware = found and (found if found.tzinfo else found.replace(tzinfo=UTC))
    utc = _guarded(lambda: aware.astimezone(UTC)) if aware else None
    if utc is None:
        raise ParseError(f"date {str(value)[:40]!r} is not a date (YYYY-MM-DD or ISO 8601)")
    return utc


def _guarded(convert: Callable[[], datetime]) -> datetime | None:
    try:
        return convert()
    except (ValueError, OverflowError):
        return None


def _why(exc: Exception) -> str:
    if isinstance(exc, FileNotFoundError):
        return "no such file or folder"
    if isinstance(exc, OSError):
        return f"cannot be read: {exc.strerror or exc}"
    return str(exc)


def _shown(path: str) -> str:
    return clean(os.fsencode(path).decode("utf-8", "replace"))

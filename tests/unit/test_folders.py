"""Files become entries in a stated order, and whatever cannot be read is named while the rest goes on."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.errors import FetchError
from monitor.model.feed import Feed, NotModified, ParsedFeed, Validators
from monitor.sources.folders import poll_folder, read_paths


def write(folder: Path, **files: str | bytes) -> None:
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_DOT_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def test_the_first_line_is_the_title_and_the_rest_the_text(tmp_path: Path) -> None:
    write(tmp_path, a_DOT_txt="\ufeff\r\n  The title \r\n\r\nOne.\r\nTwo.\r\n", b_DOT_md="# Heading\n\nText.\n")
    first, second = (item.entry for item in read_paths([str(tmp_path)]).entries)
    assert (first.guid, first.title, first.text) == ("0:a.txt", "The title", "One.\nTwo.")
    assert (second.title, second.text, second.published) == ("Heading", "Text.", None)


def test_front_matter_names_what_a_text_cannot(tmp_path: Path) -> None:
    front = "title: 'Mali: a title'\nurl: https://e.test/1\ndate: 2023-06-16\noutlet: Example Wire\nlanguage: fr\n"
    write(tmp_path, a_DOT_txt=f"---\n{front}---\nBody of it.\n")
    (item,) = read_paths([str(tmp_path)]).entries
    entry = item.entry
    assert (entry.title, entry.url, entry.outlet, entry.language) == (
        "Mali: a title",
        "https://e.test/1",
        "Example Wire",
        "fr",
    )
    assert (entry.published, entry.text) == (datetime(2023, 6, 16, tzinfo=UTC), "Body of it.")


@pytest.mark.parametrize(
    ("date", "utc"),
    [
        ("2023-06-16T10:00:00+02:00", datetime(2023, 6, 16, 8, tzinfo=UTC)),
        ("2023-06-16 10:00:00", datetime(2023, 6, 16, 10, tzinfo=UTC)),
        ("'2023-06-16T10:00Z'", datetime(2023, 6, 16, 10, tzinfo=UTC)),
    ],
)
def test_dates_are_days_or_iso(tmp_path: Path, date: str, utc: datetime) -> None:
    write(tmp_path, a_DOT_txt=f"---\ndate: {date}\n---\nT\n")
    assert [item.entry.published for item in read_paths([str(tmp_path)]).entries] == [utc]


def test_rows_and_pages_are_read(tmp_path: Path) -> None:
    rows = [{"title": "T", "text": "x", "date": "2023-06-16"}, {"html": "<p>y</p>", "url": "http://e.test/"}]
    write(tmp_path, a_DOT_jsonl="\n".join(map(json.dumps, rows)) + "\n\n", b_DOT_html="<p>z</p>")
    first, second, third = read_paths([str(tmp_path)]).entries
    assert (first.source, first.entry.guid, first.entry.text) == (f"{tmp_path}/a.jsonl:1", "0:a.jsonl:1", "x")
    assert (second.entry.html, second.entry.url, second.entry.text) == (b"<p>y</p>", "http://e.test/", None)
    assert (third.source, third.entry.html) == (f"{tmp_path}/b.html", b"<p>z</p>")


def test_the_order_is_by_date_where_every_file_has_one_else_by_path(tmp_path: Path) -> None:
    write(tmp_path, a_DOT_txt="---\ndate: 2023-06-18\n---\nA", b__c_DOT_txt="---\ndate: 2023-06-17\n---\nC")
    assert [item.entry.title for item in read_paths([str(tmp_path)]).entries] == ["C", "A"]
    write(tmp_path, d_DOT_txt="D")
    assert [item.entry.title for item in read_paths([str(tmp_path)]).entries] == ["A", "C", "D"]


def test_ids_do_not_depend_on_where_a_folder_lies(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path / name, a_DOT_txt="A", b__c_DOT_txt="C")
    one, two = (read_paths([str(tmp_path / name) + "/"]) for name in ("one", "two"))
    assert [item.entry for item in one.entries] == [item.entry for item in two.entries]
    both = read_paths([str(tmp_path / "one"), str(tmp_path / "two")])
    assert [item.entry.guid for item in both.entries] == ["0:a.txt", "0:b/c.txt", "1:a.txt", "1:b/c.txt"]


def test_hidden_files_readmes_and_other_suffixes_are_passed_over(tmp_path: Path) -> None:
    write(
        tmp_path, _DOT_hidden_DOT_txt="x", README_DOT_md="x", readme_DOT_txt="x", a_DOT_pdf="x", _DOT_git__a_DOT_txt="x"
    )
    reading = read_paths([str(tmp_path)])
    assert reading.entries == ()
    assert reading.problems == (f"{tmp_path}: no .txt, .md, .html or .jsonl file in this folder",)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.txt", b"\xff\xfe", "is not UTF-8 text"),
        ("a.txt", b"---\ntitle: [\n---\nT", r"its front matter is not YAML"),
        ("a.txt", b"---\n- a\n---\nT", "not a list of keys and values"),
        ("a.txt", b"---\ntitle: a\nText", "no closing --- line"),
        ("a.txt", b"---\ndate: 2023-13-45\n---\nT", "a value that cannot be: month"),
        ("a.txt", b"---\ndate: yesterday\n---\nT", "date 'yesterday' is not a date"),
        ("a.txt", b"---\nurl: javascript:alert(1)\n---\nT", "url is not a web address"),
        ("a.txt", b"x" * (5 * 1024 * 1024 + 1), "is larger than 5 MiB"),
        ("a.jsonl", b"{", "a.jsonl:1: is not a JSON object"),
        ("a.jsonl", b"[1]", "is not a JSON object"),
        ("a.jsonl", b'{"title":"x"}', "has neither text nor html"),
        ("a.jsonl", b'{"text":"x","date":5}', "date"),
        ("a.jsonl", b"[" * 100_000, "is not a JSON object"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_and_the_rest_goes_on(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(content)
    write(tmp_path, z_DOT_txt="Fine")
    reading = read_paths([str(tmp_path)])
    assert [item.entry.title for item in reading.entries] == ["Fine"]
    (problem,) = reading.problems
    assert problem.startswith(f"{tmp_path}/{name}")
    assert reason in problem


def test_what_is_given_by_name_and_not_there_or_not_ours_is_named(tmp_path: Path) -> None:
    write(tmp_path, a_DOT_pdf="x", b_DOT_txt="B")
    reading = read_paths([str(tmp_path / name) for name in ("none", "a.pdf", "b.txt")])
    assert [(item.source, item.entry.guid) for item in reading.entries] == [(str(tmp_path / "b.txt"), "2:b.txt")]
    assert [problem.partition(": ")[2] for problem in reading.problems] == [
        "no such file or folder",
        "is not a .txt, .md, .html or .jsonl file",
    ]


def test_no_way_leads_out_of_a_folder(tmp_path: Path) -> None:
    write(tmp_path, secret_DOT_txt="secret", inbox__a_DOT_txt="A")
    inbox = tmp_path / "inbox"
    (inbox / "out.txt").symlink_to(tmp_path / "secret.txt")
    (inbox / "loop").symlink_to(inbox)
    (inbox / "gone.txt").symlink_to(inbox / "nowhere.txt")
    os.mkfifo(inbox / "pipe.txt")
    reading = read_paths([str(inbox)])
    assert [item.entry.title for item in reading.entries] == ["A"]
    assert sorted(problem.rpartition("/")[2] for problem in reading.problems) == [
        "gone.txt: no such file or folder",
        "out.txt: leads outside the folder and was not opened",
        "pipe.txt: is not a plain file and was not opened",
    ]


def test_a_link_to_itself_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    write(tmp_path, a_DOT_txt="A")
    (tmp_path / "l.txt").symlink_to("l.txt")
    reading = read_paths([str(tmp_path)])
    assert [item.entry.title for item in reading.entries] == ["A"]
    [problem] = reading.problems
    assert problem.startswith(f"{tmp_path}/l.txt: cannot be read: ")


@pytest.mark.parametrize("text", ["Mali buys wheat.", "Mali buys wheat.\nIt pays in gold."])
def test_a_row_without_a_title_keeps_its_text_whole(tmp_path: Path, text: str) -> None:
    write(tmp_path, a_DOT_jsonl=json.dumps({"text": text}))
    [item] = read_paths([str(tmp_path)]).entries
    assert (item.entry.title, item.entry.text) == ("Mali buys wheat.", text)


def test_a_long_first_line_is_no_title_alone(tmp_path: Path) -> None:
    write(tmp_path, a_DOT_txt="word " * 400)
    (item,) = read_paths([str(tmp_path)]).entries
    assert len(item.entry.title) == 500
    assert item.entry.text is not None
    assert item.entry.text.count("word") == 400


def test_an_empty_file_is_an_entry_without_text(tmp_path: Path) -> None:
    write(tmp_path, a_DOT_txt="")
    assert [(item.entry.title, item.entry.text) for item in read_paths([str(tmp_path)]).entries] == [("", "")]


def test_a_folder_feed_speaks_only_when_its_folder_changed(tmp_path: Path) -> None:
    feed = Feed(name="inbox", folder=str(tmp_path))
    write(tmp_path, a_DOT_txt="A")
    first = poll_folder(feed, Validators())
    assert isinstance(first, ParsedFeed)
    assert [entry.guid for entry in first.entries] == ["0:a.txt"]
    assert poll_folder(feed, first.validators) == NotModified(validators=first.validators)
    write(tmp_path, b_DOT_txt="B")
    second = poll_folder(feed, first.validators)
    assert isinstance(second, ParsedFeed)
    assert len(second.entries) == 2


def test_a_folder_feed_without_its_folder_fails_by_name(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="no such folder"):
        poll_folder(Feed(name="inbox", folder=str(tmp_path / "none")), Validators())


def test_a_polled_folder_brings_the_keys_of_its_addresses(tmp_path: Path) -> None:
    write(tmp_path, a_DOT_txt="---\nurl: http://www.e.test/1/\n---\nT", b_DOT_txt="T")
    polled = poll_folder(Feed(name="f", folder=str(tmp_path)), Validators())
    assert isinstance(polled, ParsedFeed)
    assert [(each.url_key, each.host) for each in polled.entries] == [("https://e.test/1", "e.test"), (None, "")]

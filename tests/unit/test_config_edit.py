"""The configuration file is changed where it must be, and nowhere else: not a byte."""

import fcntl
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from monitor.config import edit
from monitor.config.edit import NewFeed, add_feeds, check_feed, remove_feed
from monitor.config.feed_list import EditError, with_feeds, without_feed
from monitor.config.load import load_config
from monitor.errors import ConfigError, StateInUseError, UsageError

URL = "https://new.test/feed.xml"
NEW = [("name", "new"), ("url", URL)]
LINE = "{ name: new, url: https://new.test/feed.xml }"
JSON_LINE = '{"name": "new", "url": "https://new.test/feed.xml"}'
WATCHES = "watches: [{ name: mali, match: Mali }]\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "feeds:\n  - { name: a, url: u }  # the wire\n\n# Named things\nterms: {}\n",
            f"feeds:\n  - {{ name: a, url: u }}  # the wire\n  - {LINE}\n\n# Named things\nterms: {{}}\n",
            id="a list with comments behind its last item",
        ),
        pytest.param(
            "feeds:\n  - { name: a, url: u }\n  # - { name: old, url: u }\n",
            f"feeds:\n  - {{ name: a, url: u }}\n  - {LINE}\n  # - {{ name: old, url: u }}\n",
            id="a comment as deep as the dash belongs to the list",
        ),
        pytest.param(
            "feeds:\n- name: a\n  url: u\n  # every: 5m\n\nwatches: []\n",
            f"feeds:\n- name: a\n  url: u\n  # every: 5m\n- name: new\n  url: {URL}\n\nwatches: []\n",
            id="mappings over several lines, a comment that belongs to the last one",
        ),
        pytest.param(
            "feeds:\n    -   name: a\n        url: u\n",
            "feeds:\n    -   name: a\n        url: u\n    -   name: new\n        url: https://new.test/feed.xml\n",
            id="somebody's own indentation",
        ),
        pytest.param(
            "feeds:\n  -\n    name: a\n    url: u\n",
            "feeds:\n  -\n    name: a\n    url: u\n  - name: new\n    url: https://new.test/feed.xml\n",
            id="a dash on a line of its own",
        ),
        pytest.param("feeds: []  # none yet\n", f"feeds:  # none yet\n  - {LINE}\n", id="an empty list"),
        pytest.param("feeds: []", f"feeds:\n  - {LINE}", id="an empty list at an end without a newline"),
        pytest.param("feeds: [\n  # none yet\n]\n", f"feeds: [{LINE}\n  # none yet\n]\n", id="an empty list, words"),
        pytest.param("feeds: [{ name: a }]\n", f"feeds: [{{ name: a }}, {LINE}]\n", id="a list in brackets"),
        pytest.param("feeds: [{ name: a },]\n", f"feeds: [{{ name: a }}, {LINE}]\n", id="with a comma at its end"),
        pytest.param(
            'feeds: [{"name": "a"}]\n',
            'feeds: [{"name": "a"}, {"name": "new", "url": "https://new.test/feed.xml"}]\n',
            id="in quotes like its neighbours",
        ),
        pytest.param(
            "feeds: [\n  { name: a }, # one\n  { name: b } # two\n  # three\n]\n",
            f"feeds: [\n  {{ name: a }}, # one\n  {{ name: b }}, # two\n  {LINE}\n  # three\n]\n",
            id="brackets over several lines, comments",
        ),
        pytest.param(
            "feeds: [\n  { name: a },\n]\n", f"feeds: [\n  {{ name: a }},\n  {LINE},\n]\n", id="commas"
        ),
        pytest.param("feeds: [{ name: a },\n  { name: b }]\n",
                     f"feeds: [{{ name: a }},\n  {{ name: b }},\n  {LINE}]\n", id="a bracket behind the last"),
        pytest.param(
            "feeds:\r\n  - { name: a }\r\n\r\nwatches: []\r\n",
            f"feeds:\r\n  - {{ name: a }}\r\n  - {LINE}\r\n\r\nwatches: []\r\n",
            id="CRLF",
        ),
        pytest.param("feeds:\r\n  - { name: a }", f"feeds:\r\n  - {{ name: a }}\r\n  - {LINE}", id="CRLF, no end"),
        pytest.param(
            "feeds: &f  # all\n  - &a { name: a }\n  - *a\nx: *f\n",
            f"feeds: &f  # all\n  - &a {{ name: a }}\n  - *a\n  - {LINE}\nx: *f\n",
            id="anchors and aliases",
        ),
        pytest.param(
            "feeds:\n  - { name: a, url: 'https://${HOST}/f' }\nstate: ${S:-x}",
            f"feeds:\n  - {{ name: a, url: 'https://${{HOST}}/f' }}\n  - {LINE}\nstate: ${{S:-x}}",
            id="variables stay variables",
        ),
        pytest.param(
            "feeds:\n  - name: a\n    url: >-\n      https://a.test/\n\n# below\nwatches: []\n",
            "feeds:\n  - name: a\n    url: >-\n      https://a.test/\n\n  - name: new\n"
            "    url: https://new.test/feed.xml\n# below\nwatches: []\n",
            id="a folded text at the end",
        ),
        pytest.param(
            "feeds:\n  - folder: é/ # — ü\n",
            "feeds:\n  - folder: é/ # — ü\n  - name: new\n    url: https://new.test/feed.xml\n",
            id="characters of more than a byte",
        ),
        pytest.param(
            '{"version": 1, "feeds": [], "watches": []}',
            '{"version": 1, "feeds": [{ "name": "new", "url": "https://new.test/feed.xml" }], "watches": []}',
            id="JSON, which is YAML",
        ),
        pytest.param(
            '{\n  "feeds": [\n    {\n      "name": "a"\n    }\n  ],\n  "watches": []\n}\n',
            f'{{\n  "feeds": [\n    {{\n      "name": "a"\n    }},\n    {JSON_LINE}\n  ],\n  "watches": []\n}}\n',
            id="JSON over many lines",
        ),
    ],
)  # fmt: skip
def test_a_feed_is_put_behind_the_last_one_and_nothing_else_changes(before: str, after: str) -> None:
    assert with_feeds(before, [NEW]) == after


@pytest.mark.parametrize(
    ("before", "index", "after"),
    [
        pytest.param(
            "feeds:\n  # first\n  - { name: a } # gone\n  - { name: b }\n\nwatches: []\n", 0,
            "feeds:\n  # first\n  - { name: b }\n\nwatches: []\n",
            id="a line with its comment",
        ),
        pytest.param(
            "feeds:\n- name: a\n  url: u\n  # every: 5m\n# below\n- name: b\n", 0,
            "feeds:\n# below\n- name: b\n",
            id="several lines, the comment among them",
        ),
        pytest.param("feeds:\n  - { name: a }\n  - { name: b }", 1, "feeds:\n  - { name: a }\n", id="the last line"),
        pytest.param(
            "feeds: # mine\n  - { name: a }\n# x\nwatches: []\n", 0, "feeds: [] # mine\n# x\nwatches: []\n",
            id="the only one",
        ),
        pytest.param("feeds: &f\n- { name: a }\n", 0, "feeds: &f []\n", id="the only one, with an anchor"),
        pytest.param("feeds: [{ name: a }, { name: b }]\n", 0, "feeds: [{ name: b }]\n", id="the first in brackets"),
        pytest.param("feeds: [{ name: a }, { name: b }]\n", 1, "feeds: [{ name: a }]\n", id="the last in brackets"),
        pytest.param("feeds: [{ name: a }]\n", 0, "feeds: []\n", id="the only one in brackets"),
        pytest.param("feeds: [{ name: a },]\n", 0, "feeds: []\n", id="with a comma behind it"),
        pytest.param(
            "feeds: [\n  { name: a }, # x\n  { name: b } # y\n]\n", 1, "feeds: [\n  { name: a } # x\n]\n",
            id="the last line in brackets",
        ),
        pytest.param(
            "feeds: [\r\n  { name: a }, # x\r\n  { name: b }\r\n]\r\n", 0, "feeds: [\r\n  { name: b }\r\n]\r\n",
            id="a line in brackets, CRLF",
        ),
        pytest.param("feeds: [{ name: a },\n  { name: b }]\n", 1, "feeds: [{ name: a }\n  ]\n", id="a bracket"),
        pytest.param(
            '{"feeds": [{"name": "a"}, {"name": "b"}], "watches": [1, 2]}', 1,
            '{"feeds": [{"name": "a"}], "watches": [1, 2]}',
            id="JSON",
        ),
    ],
)  # fmt: skip
def test_a_feed_is_taken_out_with_its_line_and_nothing_else_changes(before: str, index: int, after: str) -> None:
    assert without_feed(before, index) == after


@pytest.mark.parametrize(
    "text", ["x: &f []\nfeeds: *f\n", "<<: { feeds: [] }\n", "other: 1\n", "feeds: a\n", "- feeds\n"]
)
def test_a_list_that_stands_elsewhere_is_left_to_people(text: str) -> None:
    with pytest.raises(EditError, match="by hand"):
        with_feeds(text, [NEW])


@pytest.mark.parametrize(
    "said",
    ["plain", "Example Wire", "true", "No", "12", "1e5", "a: b", "a #b", "x, y", "} ]", '"q"', "${HOME}",
     "$${", "$$${a}", "@at", "- a", "? b", "& c", "Ärzte ohne Grenzen", "новости", "a\\b", "👍", "it's",
     "a.", "a/", "~"],
)  # fmt: skip
@pytest.mark.parametrize("before", ["feeds: []\n", "feeds:\n- name: a\n  url: https://a.test/\n", '{"feeds": []}'])
def test_every_name_means_itself(said: str, before: str, tmp_path: Path) -> None:
    """Whatever a page calls itself, the file says exactly that afterwards: no number, no variable, no second key."""
    text = f"version: 1\n{before}watches: []\n"
    if before.startswith("{"):
        text = '{"version": 1, "feeds": [], "watches": []}'
    path = tmp_path / "monitor.yaml"
    path.write_text(text, encoding="utf-8")
    after = add_feeds(path, [NewFeed(name=said, url="https://new.test/a?b=c&d=%20#e,f")]).after
    assert (after.feeds[-1].name, after.feeds[-1].url) == (said, "https://new.test/a?b=c&d=%20#e,f")
    assert load_config(path).feeds == after.feeds


def test_every_key_that_is_asked_for_is_written(tmp_path: Path) -> None:
    path = config(tmp_path)
    new = NewFeed(name="b", url="https://b.test/", outlet="B Wire", every="90s", first_poll="judge", allow_private=True)
    after = add_feeds(path, [new]).after
    assert path.read_text().splitlines()[3] == (
        "  - { name: b, url: https://b.test/, outlet: B Wire, every: 90s, first_poll: judge, allow_private: true }"
    )
    assert (after.feeds[-1].outlet, after.feeds[-1].allow_private) == ("B Wire", True)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def config(folder: Path, *more: str) -> Path:
    path = folder / "monitor.yaml"
    lines = ["version: 1", "feeds:", "  - { name: a, url: https://a.test/f } # the first", *more, WATCHES]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_what_the_loader_refuses_changes_nothing(tmp_path: Path) -> None:
    path = config(tmp_path)
    was = path.read_bytes(), path.stat().st_ino
    with pytest.raises(
        ConfigError, match=r"^\S+/monitor\.yaml:4:\d+: feeds\.1\.url: stands twice; the first one is in line 3$"
    ):
        add_feeds(path, [NewFeed(name="b", url="https://A.test/f")])
    with pytest.raises(ConfigError, match=r"feeds\.1\.name: another feed is called 'a'"):
        add_feeds(path, [NewFeed(name="a", url="https://b.test/")])
    assert (path.read_bytes(), path.stat().st_ino) == was
    assert names(tmp_path) == ["monitor.yaml"]


def test_a_file_with_problems_is_mended_first(tmp_path: Path) -> None:
    path = config(tmp_path, "stat: x")
    with pytest.raises(ConfigError, match="4:1: stat: unknown key"):
        add_feeds(path, [NewFeed(name="b", url="https://b.test/")])
    with pytest.raises(ConfigError, match="no such file"):
        add_feeds(tmp_path / "none.yaml", [])


def test_a_trial_changes_nothing(tmp_path: Path) -> None:
    path = config(tmp_path)
    was = path.read_bytes()
    assert len(add_feeds(path, [NewFeed(name="b", url="https://b.test/")], dry_run=True).after.feeds) == 2
    assert len(remove_feed(path, "a", dry_run=True).after.feeds) == 0
    assert path.read_bytes() == was


def test_mode_owner_and_byte_order_mark_stay(tmp_path: Path) -> None:
    path = config(tmp_path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, 12345, 54321)
    was = path.stat()
    edited = add_feeds(path, [NewFeed(name="b", url="https://b.test/")])
    now = path.stat()
    assert (stat.S_IMODE(now.st_mode), now.st_uid, now.st_gid) == (0o640, was.st_uid, was.st_gid)
    assert path.read_bytes().startswith(b"\xef\xbb\xbfversion: 1\n")
    assert edited.after.path == path


def test_a_link_stays_a_link_and_its_folder_counts(tmp_path: Path) -> None:
    """Paths in the file are relative to the link: /etc/monitor/monitor.yaml may lead to a checkout elsewhere."""
    (tmp_path / "repo").mkdir()
    (tmp_path / "etc" / "inbox").mkdir(parents=True)
    real = config(tmp_path / "repo", "  - { folder: inbox/ }")
    link = tmp_path / "etc" / "monitor.yaml"
    link.symlink_to("../repo/monitor.yaml")
    add_feeds(link, [NewFeed(name="b", url="https://b.test/")])
    assert link.is_symlink()
    assert "https://b.test/" in real.read_text()
    assert len(remove_feed(link, "inbox").after.feeds) == 2
    assert names(tmp_path / "etc") == ["inbox", "monitor.yaml"]
    assert names(tmp_path / "repo") == ["monitor.yaml"]


def test_two_commands_at_once_lose_nothing(tmp_path: Path) -> None:
    path = config(tmp_path)
    threads = [
        threading.Thread(target=add_feeds, args=(path, [NewFeed(name=f"n{n}", url=f"https://n{n}.test/")]))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert {feed.name for feed in load_config(path).feeds} == {"a", *(f"n{n}" for n in range(8))}


def test_who_holds_the_lock_too_long_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edit, "LOCK_WAIT_S", 0.0)
    handle = os.open(tmp_path, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with pytest.raises(StateInUseError, match="another command"):
            add_feeds(config(tmp_path), [])
    finally:
        os.close(handle)


def test_what_an_editor_saves_meanwhile_is_not_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = config(tmp_path)
    plain = edit.with_feeds
    saves = iter(["  - { name: e, url: https://e.test/ }"])

    def saved_meanwhile(text: str, feeds: list[edit.NewFeed]) -> str:
        for line in saves:
            config(tmp_path, line)
        return plain(text, feeds)

    monkeypatch.setattr(edit, "with_feeds", saved_meanwhile)
    add_feeds(path, [NewFeed(name="b", url="https://b.test/")])
    assert [feed.name for feed in load_config(path).feeds] == ["a", "e", "b"]

    always = iter(range(100))
    monkeypatch.setattr(
        edit, "with_feeds", lambda text, feeds: (config(tmp_path, f"# {next(always)}"), plain(text, feeds))[1]
    )
    with pytest.raises(StateInUseError, match="Try again"):
        add_feeds(path, [NewFeed(name="c", url="https://c.test/")])
    assert "c.test" not in path.read_text()


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = config(tmp_path)
    was = path.read_bytes()

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(edit.os, "fsync", full)
    with pytest.raises(EditError, match="cannot be written: no space left"):
        add_feeds(path, [NewFeed(name="b", url="https://b.test/")])
    assert path.read_bytes() == was
    assert names(tmp_path) == ["monitor.yaml"]


def test_a_feed_of_another_file_is_taken_out_there(tmp_path: Path) -> None:
    (tmp_path / "feeds.opml").write_text('<opml><body><outline text="B" xmlUrl="https://b.test/"/></body></opml>')
    path = config(tmp_path, "  - { opml: feeds.opml }")
    with pytest.raises(EditError, match=r"feed 'b' comes from \S+/feeds\.opml; take it out of that file"):
        remove_feed(path, "b")
    with pytest.raises(UsageError, match="there is no feed named 'c'"):
        remove_feed(path, "c")


def test_a_feed_is_found_by_what_its_line_means(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST", "v.test")
    (tmp_path / "in").mkdir()
    path = config(tmp_path, "  - { url: 'https://${HOST}/f' }", "  - folder: ./in/")
    assert [feed.name for feed in remove_feed(path, "v.test").after.feeds] == ["a", "in"]
    assert [feed.name for feed in remove_feed(path, "in").after.feeds] == ["a"]
    assert [feed.name for feed in remove_feed(path, "a").after.feeds] == []
    assert path.read_text() == f"version: 1\nfeeds: []\n{WATCHES}"


def test_a_feed_that_others_lean_on_stays(tmp_path: Path) -> None:
    path = config(tmp_path, "  - &b { name: b, url: https://b.test/ }", "  - { <<: *b, name: c, url: https://c.test/ }")
    with pytest.raises(ConfigError, match="alias"):
        remove_feed(path, "b")
    assert "b.test" in path.read_text()


@pytest.mark.parametrize(
    ("feed", "said"),
    [
        (NewFeed(name="b", url="https://b.test/", every="5 minutes"), "--every: '5 minutes' is no duration"),
        (NewFeed(name=" b", url="https://b.test/"), "--name: must be 1 to 100 printable"),
        (NewFeed(name="b", url="ftp://b.test/"), "feeds come by http or https"),
        (NewFeed(name="b", url="https://b.test/", outlet="a\nb"), "--outlet: must be"),
    ],
)
def test_a_wrong_option_is_named(feed: NewFeed, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        check_feed(feed)


BLOCK_ITEMS = [
    "- {{ name: {n}, url: u }}",
    "- {{ name: {n} }} # wire, [x] - y",
    "- name: {n}\n{i}  url: 'u' # c",
    "-\n{i}  name: {n}",
    "- {{name: {n},\n{i}  url: u}}",
    "- \"name\": '{n}'\n{i}  list: [a,\n{i}  b]",
    "- &a{n} {{ name: {n} }}",
    "- !!map {{ name: {n} }}",
    "- name: {n}\n{i}  list:\n{i}  - x\n{i}  - y",
    "- name: {n}\n{i}  text: |-\n{i}    a - b\n\n{i}    c",
    "- name: >-\n{i}    {n}",
    "- name: {n} # c\n{i}  # deeper\n{i}    # still deeper",
    "- folder:\n{i}  name: {n}",
    "- {n}",
]
BETWEEN = ["", "", "", "# a comment", "{i}# - {{ name: old }}", "\n", "{i}# x\n\n# y"]
FLOW_ITEMS = [
    "{{ name: {n} }}",
    '{{"name": "{n}", "url": "u"}}',
    "{{name: {n},\n   url: [a, b]}}",
    "{n}",
    "&f{n} {{ n: {n} }}",
]
ENDS = ["", "\n", "\n# end", "\nwatches: []\n", "\n\n# about\nwatches:\n- { feeds: [] }\n", "\nwatches: [a, b] # x\n"]


def inked(text: str) -> str:
    """What is no blank and no comma: one behind the last item means nothing."""
    return "".join(text.replace(",", "").split())


def plain(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


@st.composite
def block_lists(draw: st.DrawFn) -> str:
    indent = draw(st.sampled_from(["", "  ", "    "]))
    lines = ["state: ./state # - x", draw(st.sampled_from(["feeds:", "feeds: # here", "feeds: &all", '"feeds" :']))]
    for n in range(draw(st.integers(1, 4))):
        lines += [part.format(i=indent) for part in [draw(st.sampled_from(BETWEEN))] if part]
        lines.append(indent + draw(st.sampled_from(BLOCK_ITEMS)).format(n=f"n{n}", i=indent))
    text = "\n".join(lines) + draw(st.sampled_from(ENDS))
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


@st.composite
def flow_lists(draw: st.DrawFn) -> str:
    gap, end = draw(st.sampled_from([("", ""), (" ", " "), ("\n  ", "\n"), (" # c\n  ", " # d\n")]))
    joint = draw(st.sampled_from([", ", ",\n  ", ", # c\n  ", " ,"]))
    items = [draw(st.sampled_from(FLOW_ITEMS)).format(n=f"n{n}") for n in range(draw(st.integers(1, 4)))]
    last = draw(st.sampled_from(["", "", ","]))
    text = f"state: x\nfeeds: [{gap}{joint.join(items)}{last}{end}]" + draw(st.sampled_from(ENDS))
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


@given(text=block_lists() | flow_lists())
def test_what_is_put_in_is_all_that_changes(text: str) -> None:
    """Whatever the list looks like: the new feed is its last one, every character of the old text is still there."""
    old = plain(text)
    changed = with_feeds(text, [NEW, NEW])
    assert plain(changed) == old | {"feeds": [*old["feeds"], dict(NEW), dict(NEW)]}
    kept = iter(changed)
    assert all(character in kept for character in text)
    again = without_feed(without_feed(changed, len(old["feeds"]) + 1), len(old["feeds"]))
    assert plain(again) == old
    assert inked(again) == inked(text)


@given(text=block_lists() | flow_lists(), data=st.data())
def test_what_is_taken_out_is_all_that_changes(text: str, data: st.DataObject) -> None:
    old = plain(text)
    index = data.draw(st.integers(0, len(old["feeds"]) - 1))
    changed = without_feed(text, index)
    rest = [feed for n, feed in enumerate(old["feeds"]) if n != index]
    assert plain(changed) == old | {"feeds": rest}
    kept = iter(text)
    assert all(character in kept for character in changed.replace(" []", ""))

"""Developments as a file that feed readers follow: valid, whole at any moment, and never somebody else's."""

import json
import os
import stat
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from alert_samples import URL, alert, changed_alert
from source_samples import source_alert

from monitor.alerting.render import subject
from monitor.delivery.channels import ChannelSender
from monitor.delivery.feed_file import ITEMS_MAX
from monitor.model.delivery import AnyAlert, Channel, ChannelKind, Delivery, NotSent, Receipt, Sent
from monitor.sources.parse import parse_feed

FORMS = ["developments.atom", "developments.json", "feed.xml"]


def put(path: Path, *alerts: AnyAlert) -> list[Receipt]:
    door = ChannelSender([Channel(name="out", url=str(path), kind=ChannelKind.FEED)])
    return [
        door.send(Delivery(key=f"{each.id}.out", alert=each, channel="out", attempts=0, token="t", root="r"))
        for each in alerts
    ]


def listed(path: Path) -> Sequence[tuple[str, str]]:
    """Return ids and titles as our own reader of feeds sees them: one that never heard of the writer."""
    kind = "application/json" if path.suffix == ".json" else "application/atom+xml"
    parsed = parse_feed(path.read_bytes(), url="https://example.org/feed", content_type=kind)
    assert not parsed.problems
    return [
        (entry.guid.rpartition(":")[2], entry.title) for entry in reversed(parsed.entries)
    ]  # it gives the oldest first


@pytest.mark.parametrize("name", FORMS)
def test_what_is_put_in_is_read_by_a_feed_reader_newest_first(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    assert put(path, alert(), source_alert(), changed_alert()) == [Sent()] * 3
    told = (changed_alert(), source_alert(), alert())
    assert listed(path) == [(each.id, subject(each)) for each in told]
    assert URL in path.read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", FORMS)
def test_twice_equals_once(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    put(path, alert(), changed_alert())
    once = path.read_bytes(), path.stat().st_mtime_ns
    assert put(path, alert()) == [Sent()]
    assert (path.read_bytes(), path.stat().st_mtime_ns) == once


@pytest.mark.parametrize("name", FORMS)
def test_a_revision_replaces_its_alert_in_place(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    later = replace(alert(), headline="Now with another headline", created=alert().created + timedelta(hours=1))
    put(path, alert(), changed_alert(), later)
    assert [title for _, title in listed(path)] == [subject(changed_alert()), "Now with another headline"]
    text = path.read_text(encoding="utf-8")
    assert alert().created.isoformat() in text
    assert later.created.isoformat() in text


@pytest.mark.parametrize("name", FORMS)
def test_the_oldest_make_room(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    many = [replace(alert(), id=f"{number:016x}", known=(), new=()) for number in range(ITEMS_MAX + 3)]
    put(path, *many)
    ids = [found for found, _ in listed(path)]
    assert ids == [each.id for each in reversed(many[3:])]


@pytest.mark.parametrize("name", FORMS)
def test_hostile_text_makes_a_valid_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    bad = (
        "a\x00\x08\x1b]0;x\x07 ]]> <!DOCTYPE x [<!ENTITY e 'e'>]> &e; <script>\r\n\ud800\ufffe\uffff \U0001f600 \u202e"
    )
    hostile = replace(alert(), headline=bad, watch=bad, url="javascript:alert(1)", outlets=(bad,))
    assert put(path, hostile, alert(), hostile) == [Sent()] * 3
    ids = [found for found, _ in listed(path)]
    assert ids == [alert().id]
    assert "javascript:" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize(
    "held",
    [
        b"", b"not a feed", b"{}", b"[1]", b'{"items": 3}', b"<feed/>", b"\xff\xfe\x00",
        b'<feed xmlns="http://www.w3.org/2005/Atom"><generator>another</generator></feed>',
        b'<!DOCTYPE feed [<!ENTITY a "aaaa">]><feed xmlns="http://www.w3.org/2005/Atom">&a;</feed>',
    ],
)  # fmt: skip
def test_a_file_that_is_not_ours_is_left_as_it_is(tmp_path: Path, name: str, held: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(held)
    [receipt] = put(path, alert())
    reason = f"{name} is no feed that this program wrote; it was left as it is: move it away"
    assert receipt == NotSent(reason=reason)
    assert path.read_bytes() == held


@pytest.mark.parametrize("name", FORMS)
def test_a_file_of_ours_that_lost_its_end_is_left_as_it_is(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    put(path, alert())
    path.write_bytes(path.read_bytes()[:-40])
    held = path.read_bytes()
    assert isinstance(put(path, changed_alert())[0], NotSent)
    assert path.read_bytes() == held


def test_a_folder_that_is_gone_is_asked_again(tmp_path: Path) -> None:
    [receipt] = put(tmp_path / "gone" / "out.atom", alert())
    assert receipt == NotSent(reason="out.atom cannot be written: no such file or directory")


def test_a_pipe_in_its_place_is_not_opened_for_ever(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "out.atom")
    assert isinstance(put(tmp_path / "out.atom", alert())[0], NotSent)


def test_what_a_killed_run_left_beside_it_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / ".out.atom.new").write_bytes(b"half of")
    assert put(tmp_path / "out.atom", alert()) == [Sent()]
    assert [each.name for each in tmp_path.iterdir()] == ["out.atom"]


def test_its_rights_and_its_link_stay(tmp_path: Path) -> None:
    real = tmp_path / "real.json"
    put(real, alert())
    real.chmod(0o640)
    link = tmp_path / "link.json"
    link.symlink_to(real)
    assert put(link, changed_alert()) == [Sent()]
    assert link.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert len(json.loads(real.read_text(encoding="utf-8"))["items"]) == 2


def test_sends_side_by_side_lose_none(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    many = [replace(alert(), id=f"{number:016x}", known=(), new=()) for number in range(40)]
    with ThreadPoolExecutor(4) as pool:
        assert [one for done in pool.map(lambda each: put(path, each), many) for one in done] == [Sent()] * 40
    assert {found for found, _ in listed(path)} == {each.id for each in many}

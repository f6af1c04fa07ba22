"""Routes, quiet hours and digests, as a file gives them."""

from datetime import time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor.config.config import Config
from monitor.config.load import load_config
from monitor.errors import ConfigError
from monitor.model.delivery import Wait
from monitor.model.judgement import Severity
from monitor.model.routing import GroupBy, Match

HEAD = """version: 1
defaults: { timezone: Europe/Paris }
feeds: [{ name: wire, url: https://example.org/feed }]
watches:
  - { name: mali, match: Mali, severity: { high: { any: [killed, "bomb*"] }, critical: '"state of war"' } }
channels:
  - { name: desk, url: json://localhost }
  - { name: chat, url: json://localhost }
"""


def load(tmp_path: Path, text: str) -> Config:
    (tmp_path / "m.yaml").write_text(HEAD + text, encoding="utf-8")
    return load_config(tmp_path / "m.yaml")


def test_what_a_route_leaves_out_is_as_above_it(tmp_path: Path) -> None:
    route = load(
        tmp_path,
        "route:\n  to: [desk]\n  group_by: [watch]\n  group_wait: 2m\n  group_interval: 20m\n  cap: 7\n  routes:\n"
        "    - { match: { severity: high, confirmed: true }, to: [chat], group_wait: 0s, quiet: ignore }\n"
        "    - { match: { source: true, state: [down, dead] }, continue: true, routes: [{ match: { feed: wire } }] }\n",
    ).policy.route
    first, second = route.routes
    assert (route.name, first.name, second.routes[0].name) == ("route", "route.0", "route.1.0")
    assert first.match == Match(severity=(Severity.HIGH,), confirmed=True)
    assert (first.to, first.group_wait, first.heeds_quiet, first.cap) == (("chat",), timedelta(0), False, 7)
    assert (second.to, second.group_wait, second.goes_on) == (("desk",), timedelta(minutes=2), True)
    assert second.routes[0].group_by == (GroupBy.WATCH,)
    assert second.routes[0].group_interval == timedelta(minutes=20)


def test_quiet_hours_and_digests_go_by_the_desks_clock(tmp_path: Path) -> None:
    policy = load(
        tmp_path,
        "quiet:\n  - { name: night, daily: '22:00-06:30', days: [fri-mon, wed] }\n"
        "digests:\n  - { name: morning, at: '6:30', days: [mon-fri], to: [desk, desk], include: [quiet], max: 20 }\n"
        "  - { name: weekly, cron: '0 9 * * 1', timezone: UTC, to: [chat] }\n",
    ).policy
    [quiet], [morning, weekly] = policy.quiets, policy.schedules
    assert (quiet.start, quiet.end, quiet.days) == (time(22), time(6, 30), frozenset({4, 5, 6, 0, 2}))
    assert quiet.zone == morning.zone == ZoneInfo("Europe/Paris")
    assert (morning.cron, morning.to, morning.most) == ("30 6 * * mon,tue,wed,thu,fri", ("desk",), 20)
    assert morning.include == {Wait.QUIET}
    assert (weekly.zone, weekly.include) == (ZoneInfo("UTC"), {Wait.CONTEXT, Wait.SILENCED})


def test_rules_of_severity_come_gravest_first(tmp_path: Path) -> None:
    [watch] = load(tmp_path, "").watches
    assert watch.severity == ((Severity.CRITICAL, '"state of war"'), (Severity.HIGH, '"killed" OR bomb*'))


def test_a_route_behind_one_that_takes_everything_is_worth_a_warning(tmp_path: Path) -> None:
    config = load(tmp_path, "route: { to: [desk], routes: [{ to: [chat] }, { match: { watch: mali } }] }\n")
    assert ["nothing comes here" in warning for warning in config.warnings] == [True]


def test_routes_may_not_lie_too_deep(tmp_path: Path) -> None:
    deep = "{ to: [desk] }"
    for _ in range(12):
        deep = f"{{ to: [desk], routes: [{deep}] }}"
    (tmp_path / "m.yaml").write_text(f"{HEAD}route: {deep}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path / "m.yaml")
    assert ["nested too deeply" in line for line in caught.value.problems] == [True]


def test_a_route_with_channels_of_its_own_waits_for_no_digest_of_the_one_above(tmp_path: Path) -> None:
    route = load(
        tmp_path,
        "digests: [{ name: m, at: '06:30', to: [desk] }]\n"
        "route: { digest: m, routes: [{ match: { severity: high }, to: [chat] }, { match: { severity: low } }] }\n",
    ).policy.route
    assert [each.digest for each in (route, *route.routes)] == ["m", None, "m"]

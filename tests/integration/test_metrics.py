"""What was counted, as Prometheus asks for it and as its page explains it."""

import re
import socket
import urllib.request
from pathlib import Path

import pytest

from monitor.config.load import load_config
from monitor.errors import ConfigError
from monitor.telemetry import metrics


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_what_was_counted_is_told_by_kind() -> None:
    before = metrics.counted("monitor_polls_total").get("delta", 0)
    metrics.count("monitor_polls_total", "delta")
    metrics.count("monitor_polls_total", "delta", 2)
    metrics.count("monitor_polls_total", "none", 0)
    port = free_port()
    server, thread = metrics.serve("127.0.0.1", port)
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            told = answer.read().decode()
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
    assert f'monitor_polls_total{{rung="delta"}} {before + 3}.0' in told
    assert "# TYPE monitor_quarantined_total counter" in told
    assert "none" not in metrics.counted("monitor_polls_total")


def test_every_metric_stands_on_the_page_with_its_label(root: Path) -> None:
    page = (root / "docs/reference/metrics.md").read_text(encoding="utf-8")
    assert dict(re.findall(r"^\| `(monitor_\w+)` \| `(\w+)`", page, re.MULTILINE)) == {
        name: label for name, (label, _) in metrics.METRICS.items()
    }


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.1:0", ":9464", "host:99999999", "9464", "a:b"])
def test_an_address_that_cannot_be_listened_at_is_named_with_its_place(tmp_path: Path, address: str) -> None:
    path = tmp_path / "monitor.yaml"
    path.write_text(f"version: 1\nfeeds: []\nwatches: []\nmetrics: {{listen: '{address}'}}\n")
    with pytest.raises(ConfigError, match=r"monitor\.yaml:4:19: metrics\.listen: .* is no address to listen at"):
        load_config(path)


def test_an_address_to_listen_at_is_read(tmp_path: Path) -> None:
    path = tmp_path / "monitor.yaml"
    path.write_text("version: 1\nfeeds: []\nwatches: []\nmetrics: {listen: '[::1]:9464'}\n")
    assert load_config(path).metrics == ("::1", 9464)

"""Secrets: found where the operator put them, shown nowhere."""

from pathlib import Path

import pytest

from monitor.config.load import load_config
from monitor.config.secrets import SecretError, read_secret

SECRET = "mailtos://desk:s3cret@mail.example.org"
TEXT = """version: 1
feeds: []
watches: []
channels: [{ name: desk, url_file: secrets/desk-url }]
route: { to: [desk] }
"""


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secrets" / "desk-url"
    path.parent.mkdir()
    path.write_text(f" {SECRET}\n")
    path.chmod(0o600)
    return path


def test_the_file_beside_the_configuration_holds_the_address(secret: Path, tmp_path: Path) -> None:
    (tmp_path / "monitor.yaml").write_text(TEXT)
    config = load_config(tmp_path / "monitor.yaml", environ={})
    assert config.channels[0].url == SECRET
    assert config.warnings == ()


@pytest.mark.parametrize("name", ["desk-url", "monitor_desk-url"])
def test_systemds_credentials_come_first(name: str, secret: Path, tmp_path: Path) -> None:
    (tmp_path / name).write_text("json://localhost")
    found = read_secret(secret, {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert (found.text, found.warning) == ("json://localhost", None)


def test_a_file_that_everyone_can_read_is_used_with_a_warning(secret: Path) -> None:
    secret.chmod(0o644)
    found = read_secret(secret, {})
    assert found.text == SECRET
    assert "chmod 600" in str(found.warning)


@pytest.mark.parametrize("held", [b"", b" \n", b"a\nb\n", b"\xff\xfe", b"x" * 20_000])
def test_anything_but_one_line_of_text_is_refused_without_showing_it(held: bytes, secret: Path) -> None:
    secret.write_bytes(held)
    with pytest.raises(SecretError, match=r"the file (holds no text|must hold the secret in one line)"):
        read_secret(secret, {})


def test_a_secret_shows_in_no_representation(secret: Path) -> None:
    assert "s3cret" not in repr(read_secret(secret, {}))


def test_a_password_in_the_configuration_itself_is_worth_a_warning(tmp_path: Path) -> None:
    text = TEXT.replace("url_file: secrets/desk-url", f"url: '{SECRET}'")
    (tmp_path / "monitor.yaml").write_text(text)
    warnings = load_config(tmp_path / "monitor.yaml", environ={}).warnings
    assert "url_file keeps it out" in warnings[0]
    assert "s3cret" not in warnings[0]

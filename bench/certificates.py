"""Certificates: a private authority and a server certificate for many loopback addresses, made at run time.

In:  a folder, addresses.
Out: files in PEM; None where this machine has no `openssl` command.
Not here: serving (feed_server.py), trusting (SSL_CERT_FILE, REQUESTS_CA_BUNDLE).
"""

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_CONFIG: Final = """
[req]
distinguished_name = name
prompt = no
[name]
CN = bench
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = {names}
"""
_CURVE: Final = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """Where the files are."""

    authority: Path  # to be trusted
    chain: Path
    key: Path


def make_certificates(folder: Path, addresses: Sequence[str]) -> Certificates | None:
    """Make an authority and one certificate that names every address, valid for two days."""
    openssl = shutil.which("openssl")
    if openssl is None:
        return None
    config = folder / "openssl.cnf"
    config.write_text(_CONFIG.format(names=", ".join(f"IP:{address}" for address in addresses)))
    made = Certificates(authority=folder / "authority.pem", chain=folder / "server.pem", key=folder / "server.key")
    authority_key, request = folder / "authority.key", folder / "server.csr"
    common = ("-config", str(config), "-subj")
    _run(openssl, "req", "-x509", *_CURVE, "-days", "2", "-extensions", "authority", *common, "/CN=bench authority",
         "-keyout", str(authority_key), "-out", str(made.authority))  # fmt: skip
    _run(openssl, "req", "-new", *_CURVE, *common, "/CN=bench server", "-keyout", str(made.key), "-out", str(request))
    _run(openssl, "x509", "-req", "-in", str(request), "-CA", str(made.authority), "-CAkey", str(authority_key),
         "-set_serial", "1", "-days", "2", "-extfile", str(config), "-extensions", "server",
         "-out", str(made.chain))  # fmt: skip
    return made


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=60)

"""The shared hostile material: its samples, by class, and what one may cost."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

HOSTILE = Path(os.environ.get("NEWS_SHARED") or Path(__file__).parents[2] / "shared") / "hostile"


def samples(*classes: str) -> list[Any]:
    """Return a parameter for each sample of the classes; one that is skipped where the material is absent."""
    manifest = HOSTILE / "manifest.json"
    if not manifest.is_file():
        reason = f"no hostile material at {HOSTILE} (set NEWS_SHARED)"
        return [pytest.param({}, id=classes[0], marks=pytest.mark.skip(reason=reason))]
    listed = json.loads(manifest.read_text(encoding="utf-8"))["samples"]
    chosen = (sample for sample in listed if sample["class"] in classes)
    return [pytest.param(sample, id=f"{sample['id']}-{sample['name']}") for sample in chosen]


def peak_mib() -> int:
    """Return the most memory that this process has had so far."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024

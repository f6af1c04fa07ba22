"""The shared lab with a receiver that hangs, then breaks off, then returns: `python tests/lab_faults.py LAB OPTIONS`.

Where the lab's own receiver answers 503. LAB: the folder of lab.py.
"""

import importlib
import sys
from pathlib import Path
from typing import Any

HANG = "hang:20"


def main(folder: Path, options: list[str]) -> int:
    sys.path.insert(0, str(folder))
    lab: Any = importlib.import_module("lab")

    class Faulty(lab.Bench):  # type: ignore[misc]
        """Plays the step in which the receiver is down twice, with worse than a 503."""

        def step(self, label: str, **more: Any) -> None:
            sink = self.lab.sink
            if sink.mode != "503":
                super().step(label, **more)
                return
            sink.mode = HANG
            super().step(f"{label}: it hangs", **more)
            sink.mode = "reset"
            super().step("8a again: it breaks off", notices=True, ideal=0)

    lab.Bench = Faulty
    sys.argv = ["lab.py", *options]
    return int(lab.main())


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))

"""The loop of a program under measurement: one order a line in, one answer a line out.

In:  a function that obeys one order.
Out: its answers on stdout; whatever else is printed goes to stderr.
Not here: the programs (read_ours.py, read_peer.py, read_near_store.py), who gives the orders (processes.py).
"""

import json
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

Obey = Callable[[str, dict[str, Any]], dict[str, Any]]


def serve(obey: Obey) -> None:
    """Obey until stdin ends. An order that fails is answered with why; whoever gave it ends the run."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    for line in sys.stdin:
        order = json.loads(line)
        try:
            answer = obey(order["op"], order)
        except Exception as exc:  # noqa: BLE001  # told to whoever measures
            traceback.print_exc()
            answer = {"failed": f"{type(exc).__name__}: {exc}"}
        answers.write(json.dumps(answer) + "\n")


def stay_on_one_core() -> None:
    """Let this process and all that it starts from now on run on one core, the last that it may use."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

"""The gate: one turn at a time for each host, a pause between them, none while the host is on hold."""

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine
from itertools import pairwise
from typing import TypeVar

import pytest
import uvloop
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.sources.gate import Gate, HeldError


class _Jump(selectors.DefaultSelector):
    """Time passes at once, and only where all wait for it."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "nothing will ever happen"
        self.now += timeout
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.jump = _Jump()
        super().__init__(self.jump)

    def time(self) -> float:
        return self.jump.now

    def timers(self) -> int:
        return sum(not handle.cancelled() for handle in self._scheduled)


T = TypeVar("T")


def run(main: Callable[[Gate, _Loop], Coroutine[object, object, T]]) -> T:
    """Run with a gate of one second between turns, on a loop whose time flies."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, _Loop)
        return runner.run(main(Gate(gap_s=1.0, short_share=1.0, clock=loop.time), loop))


def test_a_turn_begins_one_gap_after_the_last_one_ended() -> None:
    async def main(gate: Gate, loop: _Loop) -> list[tuple[float, float]]:
        turns = []

        async def ask() -> None:
            await gate.enter("e.test")
            began = loop.time()
            await asyncio.sleep(3)
            gate.leave("e.test")
            turns.append((began, loop.time()))

        await asyncio.gather(*(ask() for _ in range(4)))
        return turns

    assert run(main) == [(0, 3), (4, 7), (8, 11), (12, 15)]


def test_hosts_do_not_wait_for_each_other() -> None:
    async def main(gate: Gate, loop: _Loop) -> float:
        await gate.enter("hangs.test")
        waiting = asyncio.create_task(gate.enter("hangs.test"))
        for n in range(1_000):
            await gate.enter(f"{n}.test")
            gate.leave(f"{n}.test")
        waiting.cancel()
        return loop.time()

    assert run(main) == 0


def test_the_urgent_go_first_and_each_in_the_order_in_which_they_came() -> None:
    async def main(gate: Gate, loop: _Loop) -> str:
        order = []

        async def ask(name: str) -> None:
            await gate.enter("e.test", is_urgent=name.isupper())
            order.append(name)
            gate.leave("e.test")

        await gate.enter("e.test")
        asking = [asyncio.create_task(ask(name)) for name in "abAcBC"]
        await asyncio.sleep(5)
        gate.leave("e.test")
        await asyncio.sleep(1.5)  # A has had its turn
        asking.append(asyncio.create_task(ask("D")))
        await asyncio.gather(*asking)
        return "".join(order)

    assert run(main) == "ABCDabc"


def test_between_two_that_are_not_urgent_the_gap_is_short() -> None:
    async def main(_: Gate, loop: _Loop) -> list[float]:
        gate, began = Gate(gap_s=1.0, short_share=0.25, clock=loop.time), []
        for is_urgent in (False, False, True, False, False, True, True):
            await gate.enter("e.test", is_urgent=is_urgent)
            began.append(loop.time())
            gate.leave("e.test", is_urgent=is_urgent)
        return began

    assert run(main) == pytest.approx([0, 0.25, 1.25, 2.25, 2.5, 3.5, 4.5])


def test_who_gives_up_waiting_holds_up_nobody() -> None:
    async def main(gate: Gate, loop: _Loop) -> float:
        await gate.enter("e.test")
        first, second, third = (asyncio.create_task(gate.enter("e.test")) for _ in range(3))
        await asyncio.sleep(1)
        first.cancel()
        gate.leave("e.test")
        second.cancel()
        await third
        return loop.time()

    assert run(main) == pytest.approx(2)


def test_a_turn_that_is_given_and_given_up_in_one_moment_goes_to_the_next() -> None:
    async def main(gate: Gate, loop: _Loop) -> float:
        await gate.enter("e.test")
        first, second = (asyncio.create_task(gate.enter("e.test")) for _ in range(2))
        gate.leave("e.test")
        loop.call_later(1, lambda: loop.call_soon(first.cancel))  # after the gate's own timer, before `first` runs
        await second
        assert first.cancelled()
        return loop.time()

    assert run(main) == pytest.approx(1)


def test_a_host_on_hold_refuses_at_once_those_who_come_and_those_who_wait() -> None:
    async def main(gate: Gate, loop: _Loop) -> None:
        await gate.enter("e.test")
        waiting = [asyncio.create_task(gate.enter("e.test")) for _ in range(3)]
        await asyncio.sleep(1)
        gate.hold("e.test", 3_600)
        gate.leave("e.test")
        failed = await asyncio.gather(*waiting, return_exceptions=True)
        assert [isinstance(error, HeldError) and error.left_s for error in failed] == [3_600] * 3
        await asyncio.sleep(59)
        with pytest.raises(HeldError) as held:
            await gate.enter("e.test", is_urgent=True)
        assert (held.value.left_s, gate.held_for_s("e.test"), gate.held_for_s("f.test")) == (3_541, 3_541, 0)
        await gate.enter("f.test")
        assert loop.time() == 60
        await asyncio.sleep(3_541)
        await gate.enter("e.test")

    run(main)


def test_a_hold_is_never_made_shorter_nor_longer_than_a_day() -> None:
    async def main(gate: Gate, loop: _Loop) -> list[float]:
        held = []
        for seconds in (-5, 0, 10, 5, 20, 10**12):
            gate.hold("e.test", seconds)
            held.append(gate.held_for_s("e.test"))
        return held

    assert run(main) == [0, 0, 10, 10, 20, 86_400]


def test_a_hold_that_ends_before_the_gap_does_not_shorten_it() -> None:
    async def main(gate: Gate, loop: _Loop) -> float:
        await gate.enter("e.test")
        waiting = asyncio.create_task(gate.enter("e.test"))
        await asyncio.sleep(0)
        gate.leave("e.test")
        gate.hold("e.test", 0.25)
        with pytest.raises(HeldError):
            await waiting
        await asyncio.sleep(0.5)
        await asyncio.gather(*(_turn(gate) for _ in range(3)))
        return loop.time()

    assert run(main) == pytest.approx(3)


async def _turn(gate: Gate) -> None:
    await gate.enter("e.test")
    gate.leave("e.test")


def test_ten_thousand_hosts_leave_nothing_behind_and_never_more_than_one_timer() -> None:
    async def main(gate: Gate, loop: _Loop) -> None:
        for n in range(10_000):
            await gate.enter(f"{n}.test")
            gate.leave(f"{n}.test")
            if n % 1_000 == 0:
                gate.hold(f"{n}.test", 60)
        assert loop.timers() == 1
        await asyncio.sleep(5)
        assert (len(gate._ended), len(gate._busy), len(gate._lines), len(gate._holds)) == (0, 0, 0, 10)
        await asyncio.sleep(60)
        assert (len(gate._ended), len(gate._holds), loop.timers()) == (0, 0, 0)
        gate.hold("e.test", 3_600)
        gate.close()
        assert (gate.held_for_s("e.test"), loop.timers()) == (3_600, 0)

    run(main)


def test_a_turn_that_nobody_waits_for_costs_a_hundredth_of_a_request() -> None:
    async def main() -> float:
        gate = Gate()
        best = 1.0
        for n in range(5):
            began = time.process_time()
            for m in range(2_000):
                await gate.enter(f"{n}.{m}.test")
                gate.leave(f"{n}.{m}.test")
            best = min(best, (time.process_time() - began) / 2_000)
        gate.close()
        return best

    assert asyncio.run(main()) < 30e-6  # 1.3 us on a quiet machine


@pytest.mark.parametrize("runner", [asyncio.run, uvloop.run])
def test_no_event_loop_fires_before_the_gap_is_over(
    runner: Callable[[Coroutine[object, object, list[float]]], list[float]],
) -> None:
    """Timers count from when the loop last looked at the clock, which may be long ago."""

    async def main() -> list[float]:
        gate, gaps, ended = Gate(gap_s=0.02, short_share=1.0), [], []

        async def ask() -> None:
            await gate.enter("e.test")
            if ended:
                gaps.append(time.monotonic() - ended[-1])
            _hog()
            ended.append(time.monotonic())
            gate.leave("e.test")
            _hog()

        await asyncio.gather(*(ask() for _ in range(6)))
        gate.close()
        return gaps

    gaps = runner(main())
    assert len(gaps) == 5
    assert min(gaps) >= 0.02


def _hog() -> None:
    """Keep the loop from looking at the clock."""
    until = time.monotonic() + 0.005
    while time.monotonic() < until:
        pass


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["ask", "ask", "ask", "give up", "hold"]),
        st.sampled_from(["a", "b"]),
        st.floats(0, 3),  # how long it takes or lasts
        st.floats(0, 1.5),  # time until the next step
        st.booleans(),
    ),
    max_size=25,
)


@given(steps=_STEPS)
@settings(max_examples=60)
def test_whatever_happens_turns_of_a_host_never_meet_and_everybody_is_answered(
    steps: list[tuple[str, str, float, float, bool]],
) -> None:
    async def main(gate: Gate, loop: _Loop) -> None:
        turns: dict[str, list[tuple[float, float]]] = {"a": [], "b": []}
        holds: dict[str, list[tuple[float, float]]] = {"a": [], "b": []}

        async def ask(host: str, takes_s: float, is_urgent: bool) -> None:
            await gate.enter(host, is_urgent=is_urgent)
            began = loop.time()
            try:
                await asyncio.sleep(takes_s)
            finally:
                gate.leave(host)
                turns[host].append((began, loop.time()))

        asking: list[asyncio.Task[None]] = []
        for step, host, takes_s, then_s, is_urgent in steps:
            match step:
                case "ask":
                    asking.append(asyncio.create_task(ask(host, takes_s, is_urgent)))
                case "give up" if asking:
                    asking[int(takes_s * 7) % len(asking)].cancel()
                case "hold":
                    gate.hold(host, takes_s)
                    holds[host].append((loop.time(), loop.time() + takes_s))
            await asyncio.sleep(then_s)
        for ended in await asyncio.gather(*asking, return_exceptions=True):
            assert ended is None or isinstance(ended, HeldError | asyncio.CancelledError)
        for host, had in turns.items():
            for (_, ended), (began, _) in pairwise(had):
                assert began >= ended + 1 - 1e-6
            for began, _ in had:
                assert not any(start < began < end - 1e-6 for start, end in holds[host])
        await asyncio.sleep(10)
        assert [*gate._ended, *gate._busy, *gate._lines, *gate._holds, loop.timers()] == [0]

    run(main)

"""Tables: what was measured of reading, as people read it.

In:  the figures of each part.
Out: lines.
Not here: measuring (read_pages.py, read_near.py, read_terms.py), the JSON line (read.py).
"""

from collections.abc import Mapping, Sequence
from statistics import median

from bench.read_near import Near, within
from bench.read_pages import EVERY, MATCHED, MIXED, PAGES, RAW, Reading
from bench.read_terms import A_WATCH, Terms


def reading_table(title: str, figures: Reading) -> list[str]:
    """Return what both sides took on one corpus, and what our steps did."""
    return ["", *_sides(title, figures), *_after(figures), *_steps(figures)]


def near_table(found: Near) -> list[str]:
    """Return what look-ups took."""
    is_after = f"the {len(found.cold_ms)} after that {median(found.cold_ms):.2f} ms, {max(found.cold_ms):.1f} at worst"
    return [
        "",
        f"Looking up copies among {found.articles:,} articles, {len(found.all_ms):,} look-ups, half of them of copies",
        f"  ms: {found.at(0.5):.3f} (median), {found.at(0.99):.3f} (99 %), {found.all_ms[-1]:.2f} (worst)",
        *(
            f"  of {kind} {within(took_ms, 0.5):.3f} (median), {within(took_ms, 0.99):.3f} (99 %)"
            for kind, took_ms in (("copies", found.hit_ms), ("strangers", found.miss_ms))
        ),
        f"  CPU, whatever else the machine does: {median(found.cpu_ms):.3f}, {within(found.cpu_ms, 0.99):.3f} (99 %)",
        f"  from opening the store, nothing of it in memory, to the first answer: {found.first_ms:.0f} ms; {is_after}",
        f"  fingerprints: {found.bytes_each:.0f} bytes an article ({found.hashes_each:.1f} kept shingles)",
        f"  storing an article's: {median(found.insert_ms):.2f} ms, {max(found.insert_ms):.1f} at worst",
        f"  originals not found: {found.missed}; strangers that something was found for: {found.false}",
        f"  the file has {found.file_mib:.0f} MiB and was made in {found.build_s:.0f} s",
    ]


def terms_table(found: Terms) -> list[str]:
    """Return what finding so many terms took both ways."""
    of = f"{found.articles} texts of {found.characters:,.0f} characters"
    lines = [
        "",
        f"Terms in {of}, {A_WATCH} terms a watch, folding included; CPU ms a text, median (min..max)",
        f"  {'terms':>9}{'found a text':>14}{'ours':>26}{'re':>26}{'re / ours':>24}{'built in s':>12}",
    ]
    for count, ours in found.ours_ms.items():
        is_paired = count in found.re_ms
        theirs = f"{_spread(found.re_ms[count]):>26}{_spread(found.speedups(count)):>24}" if is_paired else " " * 50
        each = f"{found.found[count]:>14.1f}{_spread(ours, 3):>26}{theirs}"
        lines.append(f"  {count:>9,}{each}{found.built_s[count]:>12.2f}")
    return lines


def _sides(title: str, figures: Reading) -> list[str]:
    size = f"{figures.pages} of {figures.median_kib:.0f} KiB (median)"
    lines = [
        f"{title}: {size}; repeats: {figures.repeats}; median (min..max)",
        f"  {'':<46}{'CPU ms a page':>24}{'pages/s by CPU':>16}{'by the clock':>14}",
    ]
    for side, name in ((RAW, "trafilatura, raw"), (PAGES, f"ours, page to decision, {MIXED}")):
        cost_ms = figures.cpu_ms[side]
        rate = f"{1e3 / median(cost_ms):>16.1f}{median(figures.pages_s[side]):>14.1f}"
        lines.append(f"  {name:<46}{_spread(cost_ms):>24}{rate}")
    ratios = f"{_spread(figures.ratios())} by CPU, {_spread(figures.wall_ratios())} by the clock"
    return [*lines, f"  pages/s, ours / trafilatura: {ratios}"]


def _after(figures: Reading) -> list[str]:
    worker = figures.worker
    parts = f"{worker['before_ms']:.2f} ms before trafilatura, parsing included, {worker['after_ms']:.2f} after it"
    shares = {scenario: median(figures.shares(scenario)) for scenario in EVERY}
    return [
        f"  of ours, {median(figures.parent_ms):.2f} ms in the process that judges; in a worker {parts}",
        *(
            f"  {f'after extraction, {scenario}':<46}{_spread(figures.cpu_ms[scenario]):>24}"
            f"   and the worker's: {share:.1%} of trafilatura"
            for scenario, share in shares.items()
        ),
        *(f"  decided, {scenario}: {_counts(figures.outcomes[scenario])}" for scenario in (MIXED, MATCHED)),
    ]


def _steps(figures: Reading) -> list[str]:
    scenarios = figures.steps_ms.values()
    names = [*next(iter(scenarios))]
    return [
        f"  {'steps after extraction, CPU ms an article':<58}" + "".join(f"{name:>18}" for name in figures.steps_ms),
        *(f"    {name:<56}" + "".join(f"{steps[name]:>18.3f}" for steps in scenarios) for name in names),
        f"    {'together':<56}" + "".join(f"{sum(steps.values()):>18.3f}" for steps in scenarios),
    ]


def _counts(outcomes: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))


def _spread(values: Sequence[float], digits: int = 2) -> str:
    return f"{median(values):.{digits}f} ({min(values):.{digits}f}..{max(values):.{digits}f})"

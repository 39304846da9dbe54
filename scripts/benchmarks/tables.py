"""Results as text: for a terminal, and as Markdown for docs/performance.md."""

from collections.abc import Iterable, Sequence

from benchmarks.results import Results
from benchmarks.targets import FLOOR, OURS, judge

Rows = list[list[str]]


def number(value: float | None) -> str:
    """With as many digits as one can trust."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def case_rows(results: Results, case: str) -> Rows:
    """A row for each server, a column for each metric."""
    metrics = list(results.metrics(case))
    rows = [[case, *metrics]]
    for server in results.servers(case):
        figures = (number(results.get(case, server, metric)) for metric in metrics)
        rows.append([server, *figures])
    return rows


def ratio_rows(results: Results, metric: str = "CPU us/delivery") -> Rows:
    """Ours as a multiple of the others', where all did the same."""
    cases = [case for case in results.cases() if results.get(case, FLOOR, metric)]
    others = list(dict.fromkeys(one for case in cases for one in results.servers(case)))
    others = [one for one in others if one != OURS]
    rows = [[f"{OURS}, {metric}, divided by", *others]]
    for case in cases:
        ours = results.get(case, OURS, metric)
        theirs = (results.get(case, other, metric) for other in others)
        rows.append([case, *(number(ours / one) if ours and one else "" for one in theirs)])
    return rows


def verdict_rows(results: Results) -> Rows:
    """The targets, and what came of them."""
    rows = [["target", "divided by", "measured", "at most", ""]]
    for verdict in judge(results):
        target = verdict.target
        name = f"{target.case}, {target.metric}"
        word = "pass" if verdict.passed else "FAIL"
        rows.append([name, target.against, number(verdict.value), f"{target.most:g}", word])
    return rows


def plain(rows: Sequence[Sequence[str]]) -> str:
    """Columns for a terminal."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *_right(row[1:], widths[1:])]).rstrip() for row in rows
    )


def _right(cells: Sequence[str], widths: Sequence[int]) -> Iterable[str]:
    return (cell.rjust(width) for cell, width in zip(cells, widths, strict=True))


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """The same for docs/."""
    head, *body = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([head, "|" + " --- |" * len(rows[0]), *body])


def render(results: Results) -> str:
    """All tables as Markdown."""
    tables = [case_rows(results, case) for case in results.cases()]
    tables += [ratio_rows(results), verdict_rows(results)]
    return "\n\n".join(markdown(rows) for rows in tables if len(rows) > 1)

"""Prometheus's text format, version 0.0.4
(https://prometheus.io/docs/instrumenting/exposition_formats/). Sans I/O."""

from collections.abc import Iterator, Mapping

from chatroom.server.monitoring.timings import BOUNDS

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def heading(name: str, kind: str, words: str) -> str:
    """The two comments in front of a metric's samples."""
    words = words.replace("\\", "\\\\").replace("\n", "\\n")
    return f"# HELP {name} {words}\n# TYPE {name} {kind}\n"


def sample(name: str, value: float, labels: Mapping[str, str] | None = None) -> str:
    """One sample."""
    inside = ",".join(f'{label}="{_escaped(text)}"' for label, text in (labels or {}).items())
    return f"{name}{{{inside}}} {_number(value)}\n" if inside else f"{name} {_number(value)}\n"


def histogram(name: str, counts: tuple[int, ...], total: float) -> Iterator[str]:
    """The samples of a histogram; `counts` are those of `Timings`. Its buckets are cumulative."""
    sum_so_far = 0
    for bound, count in zip((*map(_plain, BOUNDS), "+Inf"), counts, strict=True):
        sum_so_far += count
        yield sample(f"{name}_bucket", sum_so_far, {"le": bound})
    yield sample(f"{name}_sum", total)
    yield sample(f"{name}_count", sum_so_far)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if isinstance(value, int) else repr(value)


def _plain(bound: float) -> str:
    """Without an exponent, as people write bounds in queries."""
    return f"{bound:.6f}".rstrip("0").removesuffix(".")

"""The targets: one file of tests/fuzz each, with a function `once(random)`.

`once` makes some input and gives it to the code. Whatever it raises is a fault, and so is an
example that takes too long. All of it follows from the `Random`, and that from a seed and the
example's number: `7/123`.
"""

import importlib.util
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from types import ModuleType

DIRECTORY = Path(__file__).resolve().parents[2] / "tests" / "fuzz"

TOO_LONG = 30.0
"""Seconds of the processor for one example, which takes milliseconds, or a second for `doors`."""

Once = Callable[[Random], None]


class Slow(Exception):
    """An example took longer than any input should."""


def names() -> list[str]:
    """All targets, in the order of the alphabet."""
    files = DIRECTORY.glob("[!_]*.py")
    return sorted(file.stem for file in files if not file.stem.startswith("test_"))


def load(name: str) -> Once:
    """The target of that name."""
    spec = importlib.util.spec_from_file_location(f"fuzz_{name}", DIRECTORY / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return _once_of(module)


def _once_of(module: ModuleType) -> Once:
    once: Once = module.once
    return once


def example(once: Once, seed: str) -> None:
    """One example, by its seed and number. Raises whatever is wrong."""
    begin = time.process_time()
    once(Random(seed))
    seconds = time.process_time() - begin
    if seconds > TOO_LONG:
        raise Slow(f"{seconds:.0f} s of the processor")


def seeds(seed: str) -> Iterator[str]:
    """The examples of a run: one if the seed names it."""
    if "/" in seed:
        yield seed
        return
    number = 0
    while True:
        yield f"{seed}/{number}"
        number += 1


def run(name: str, seed: str, seconds: float) -> bool:
    """Try examples of a target for so long; whether one failed. That is printed."""
    once, count, begin = load(name), 0, time.monotonic()
    for one in seeds(seed):
        if time.monotonic() - begin > seconds:
            break
        try:
            example(once, one)
        except Exception:  # noqa: BLE001  whatever it is, it is what we are looking for
            print(f"{name}: FAILED, see it again: scripts/fuzz.py {name} --seed {one}", flush=True)
            traceback.print_exc()
            return True
        count += 1
    taken = time.monotonic() - begin
    print(f"{name}: {count:,} examples in {taken:.0f} s, no fault (seed {seed})", flush=True)
    return False

"""What a case of the benchmark is, and the kinds of lines that cases are made of."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.worst.words import BODY, CRAFTED, masks, short_names

Line = str | bytes
Lines = Callable[["Scene"], Line]


@dataclass(frozen=True, slots=True)
class Scene:
    """What a line may be made of: the repetition's number, and who and what is there."""

    number: int
    crowds: list[str]
    rooms: list[str]
    people: list[str]
    most_bytes: int

    def size(self, wanted: int) -> int:
        """Bytes of a long word: as many, unless all is to be small."""
        return min(wanted, self.most_bytes)

    def some_people(self, count: int) -> list[str]:
        """Others in each repetition."""
        begin = self.number * count
        return [self.people[(begin + at) % len(self.people)] for at in range(count)]


@dataclass(frozen=True, slots=True)
class Case:
    """One line. `before` and `after` are carried out around each repetition, off the clock.

    `until` is what the answer ends with, where a barrier behind the line cannot tell.
    """

    row: str
    title: str
    line: Lines
    actor: str = "mallory"
    before: tuple[tuple[str, Lines], ...] = ()
    after: tuple[tuple[str, Lines], ...] = ()
    until: str = ""
    fresh: bool = False


def always(line: Line) -> Lines:
    return lambda _scene: line


def crafted(
    row: str, form: str, size: int, actor: str = "mallory", until: str = "", fresh: bool = False
) -> Iterator[Case]:
    """A crafted name of each kind in place of the `{}`."""
    for kind, make in CRAFTED.items():
        title = f"{form.format('...')}, {size} bytes of {kind}"
        yield Case(row, title, made(make, size, form), actor, until=until, fresh=fresh)


def made(
    make: Callable[[int, int], str], size: int, form: str = "{}", characters: int = 10_000
) -> Lines:
    """The last `characters` of so many bytes that `make` makes, in place of the `{}`."""
    return lambda scene: form.format(make(scene.size(size), scene.number)[-characters:])


def masked(row: str, form: str, size: int, actor: str = "mallory") -> Iterator[Case]:
    for kind, mask in masks(size).items():
        yield Case(row, f"{form.format('...')}, mask {kind}", always(form.format(mask)), actor)


def named(row: str, form: str, size: int = BODY, prefix: str = "", between: str = " ",
           actor: str = "mallory") -> Case:  # fmt: skip
    """As many short names as fit, which no line before had."""

    def line(scene: Scene) -> str:
        rest = size - len(form)
        return form.format(short_names(rest, scene.number, prefix, between))

    return Case(row, f"{form.format('...')}, many new names", line, actor)

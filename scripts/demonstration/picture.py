"""A screen as SVG: a window with its text, which stays text.

Each word, and each wide character, is put where its cell is and made as wide as its cells, whatever
font there is. The colours are those that the client chose, on a ground that is nearly black.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple
from xml.etree import ElementTree as Xml

from pyte.screens import Char

from demonstration.glass import Screen

CELL_WIDTH, CELL_HEIGHT = 8.4, 19
FONT_SIZE, BASELINE = 14, 14
"""SVG user units. The usual monospace fonts are 0.6 of their size wide, as the cells are."""

MARGIN, BAR, CORNER = 16, 34, 8
DOTS, DOT, DOT_GAP = 3, 5, 18

FONTS = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"
TEXT, GROUND, FRAME, BAR_COLOUR, BAR_TEXT = "#d8dee6", "#0b0d11", "#4a525d", "#1b2027", "#9aa4b1"
FAINT = "0.6"
NAMED = {
    "black": "#3b424c",
    "red": "#f47067",
    "green": "#6bc46d",
    "brown": "#d9a842",
    "blue": "#6cb0ff",
    "magenta": "#d58fe8",
    "cyan": "#55c3d4",
    "white": "#d8dee6",
}
"""What pyte calls the eight colours of ECMA-48; others come in hexadecimal digits."""

Attributes = dict[str, str | float]


class Piece(NamedTuple):
    """Cells of one look that stand together."""

    row: int
    column: int
    width: int
    text: str
    looks: Char


def draw(screen: Screen, title: str) -> str:
    """The SVG, as high as what there is to see.

    `title` and the whole text are in it for those who do not see it.
    """
    columns, rows = len(screen.rows[0]), len(screen.rows)
    width = 2 * MARGIN + columns * CELL_WIDTH
    height = BAR + 2 * MARGIN + rows * CELL_HEIGHT
    svg = _svg(width, height)
    _add(svg, "title", {"id": "title"}, title)
    _add(svg, "desc", {"id": "desc"}, screen.text)
    _draw_window(svg, width, height, screen.title)
    cells = Xml.SubElement(svg, "g", transform=f"translate({MARGIN} {BAR + MARGIN})")
    for piece in _pieces(screen):
        _draw_piece(cells, piece)
    Xml.indent(svg, " ")
    return Xml.tostring(svg, encoding="unicode") + "\n"


def _svg(width: float, height: float) -> Xml.Element:
    attributes = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": f"0 0 {width:g} {height:g}",
        "width": f"{width:g}",
        "height": f"{height:g}",
        "role": "img",
        "aria-labelledby": "title desc",
        "font-family": FONTS,
        "font-size": str(FONT_SIZE),
        "fill": TEXT,
    }
    return Xml.Element("svg", attributes)


def _draw_window(svg: Xml.Element, width: float, height: float, title: str) -> None:
    inner: Attributes = {"x": 0.5, "y": 0.5, "width": width - 1, "height": height - 1, "rx": CORNER}
    _add(svg, "rect", {**inner, "fill": GROUND})
    _add(svg, "path", {"d": _bar(width), "fill": BAR_COLOUR})
    _add(svg, "rect", {**inner, "fill": "none", "stroke": FRAME})
    for number in range(DOTS):
        place: Attributes = {"cx": MARGIN + DOT + number * DOT_GAP, "cy": BAR / 2, "r": DOT}
        _add(svg, "circle", {**place, "fill": FRAME})
    middle: Attributes = {"x": width / 2, "y": BAR / 2, "dy": ".35em", "text-anchor": "middle"}
    _add(svg, "text", {**middle, "fill": BAR_TEXT}, title)


def _bar(width: float) -> str:
    """The path around the title bar, which is round above."""
    left, right = 0.5, width - 0.5
    return (
        f"M{left} {BAR}V{CORNER + left}a{CORNER} {CORNER} 0 0 1 {CORNER}-{CORNER}"
        f"H{right - CORNER:g}a{CORNER} {CORNER} 0 0 1 {CORNER} {CORNER}V{BAR}z"
    )


def _pieces(screen: Screen) -> Iterator[Piece]:
    for number, row in enumerate(screen.rows):
        cells = list(row)
        if number == screen.cursor[0]:
            at = screen.cursor[1]
            cells[at] = cells[at]._replace(reverse=not cells[at].reverse)
        yield from _row_pieces(number, cells)


def _row_pieces(row: int, cells: list[Char]) -> Iterator[Piece]:
    """Words, gaps, and wide characters one by one."""
    numbered = list(enumerate(cells))
    for (looks, *_), group in groupby(numbered, lambda each: _kind(cells, each[0])):
        some = list(group)
        text = "".join(cell.data for _, cell in some)
        yield Piece(row, some[0][0], len(some), text, looks)


def _kind(cells: list[Char], column: int) -> tuple[Char, bool, int]:
    """Neighbours of one kind are one piece: looks, whether it is a gap, which wide character."""
    first = column - (not cells[column].data)
    wide = first + 1 < len(cells) and not cells[first + 1].data
    looks = cells[first]._replace(data="")
    return looks, cells[first].data.isspace(), first if wide else -1


def _draw_piece(parent: Xml.Element, piece: Piece) -> None:
    looks = piece.looks
    ink, paper = _colour(looks.fg, TEXT), _colour(looks.bg, GROUND)
    if looks.reverse:
        ink, paper = paper, ink
    x, y, width = piece.column * CELL_WIDTH, piece.row * CELL_HEIGHT, piece.width * CELL_WIDTH
    if paper != GROUND:
        box: Attributes = {"x": x, "y": y, "width": width, "height": CELL_HEIGHT, "fill": paper}
        _add(parent, "rect", box)
    if piece.text.strip():
        attributes = {**_place(piece, x, width), "y": y + BASELINE, **_style(looks, ink)}
        _add(parent, "text", attributes, piece.text)


def _place(piece: Piece, x: float, width: float) -> Attributes:
    """One character stays as wide as it is, in the middle of its cells."""
    if len(piece.text) == 1:
        return {"x": x + width / 2, "text-anchor": "middle"}
    return {"x": x, "textLength": width, "lengthAdjust": "spacingAndGlyphs"}


def _style(looks: Char, ink: str) -> Attributes:
    rows = (
        (ink != TEXT, "fill", ink),
        (looks.bold, "font-weight", "bold"),
        (looks.italics, "font-style", "italic"),
        (looks.underscore, "text-decoration", "underline"),
        (looks.strikethrough, "text-decoration", "line-through"),
        (looks.blink, "opacity", FAINT),  # see glass.py
    )
    return {name: value for wanted, name, value in rows if wanted}


def _colour(name: str, usual: str) -> str:
    return usual if name == "default" else NAMED.get(name, f"#{name}")


def _add(parent: Xml.Element, name: str, attributes: Attributes, words: str = "") -> None:
    written = {key: _written(value) for key, value in attributes.items()}
    Xml.SubElement(parent, name, written).text = words or None


def _written(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")

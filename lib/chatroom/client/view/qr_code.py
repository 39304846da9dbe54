"""A URL as a QR code of half blocks, which a phone reads off the screen."""

from chatroom.client.view.lines import Line, Span

_BLOCKS = {(0, 0): "█", (0, 1): "▀", (1, 0): "▄", (1, 1): " "}
"""By the upper and the lower module; 1 is dark. Light ones are drawn, because most terminals are
dark."""

_WHITE_ON_BLACK = "97;40"
"""SGR: the same on a light terminal."""


def qr_code(text: str) -> Line:
    """The code with the margin that it needs. `text` is at most some hundred characters."""
    import segno  # 20 ms, which nobody should pay at the start

    rows = [list(row) for row in segno.make(text, micro=False, error="l").matrix_iter(border=4)]
    if len(rows) % 2:
        rows.append([0] * len(rows[0]))
    lines = [
        "".join(_BLOCKS[bool(upper), bool(lower)] for upper, lower in zip(*pair, strict=True))
        for pair in zip(rows[::2], rows[1::2], strict=True)
    ]
    starts = [number * (len(lines[0]) + 1) for number in range(len(lines))]
    spans = tuple(Span(start, start + len(lines[0]), _WHITE_ON_BLACK) for start in starts)
    return Line("\n".join(lines), spans=spans)

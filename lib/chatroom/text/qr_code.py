"""QR codes of half blocks, which a phone reads off the screen of a terminal."""

_BLOCKS = {(0, 0): "█", (0, 1): "▀", (1, 0): "▄", (1, 1): " "}
"""By the upper and the lower module; 1 is dark. Light ones are drawn, because most terminals are
dark."""

WHITE_ON_BLACK = "97;40"
"""SGR for the rows, so that they look the same on a light terminal."""


def qr_rows(text: str) -> list[str]:
    """The rows of the code, with the margin that it needs; all have the same width. `text` has at
    most some hundred characters."""
    import segno  # 20 ms, which nobody should pay at the start

    rows = [list(row) for row in segno.make(text, micro=False, error="l").matrix_iter(border=4)]
    if len(rows) % 2:
        rows.append([0] * len(rows[0]))
    return [
        "".join(_BLOCKS[bool(upper), bool(lower)] for upper, lower in zip(*pair, strict=True))
        for pair in zip(rows[::2], rows[1::2], strict=True)
    ]

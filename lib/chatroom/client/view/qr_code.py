"""A URL as a QR code, for the screen."""

from chatroom.client.view.lines import Line, Span
from chatroom.text.qr_code import WHITE_ON_BLACK, qr_rows


def qr_code(text: str) -> Line:
    """The code. `text` is at most some hundred characters."""
    lines = qr_rows(text)
    starts = [number * (len(lines[0]) + 1) for number in range(len(lines))]
    spans = tuple(Span(start, start + len(lines[0]), WHITE_ON_BLACK) for start in starts)
    return Line("\n".join(lines), spans=spans)

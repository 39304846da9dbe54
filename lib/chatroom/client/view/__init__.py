"""An event as a line for people: pure functions, one for each event that is shown.

Whatever comes from others passes through `visible`. Rooms stand under their bare names. The tone
and the spans are for colours; the words alone tell everything.
"""

from chatroom.client.view import answers, happenings, people, said
from chatroom.client.view.lines import (
    Line,
    Span,
    Tone,
    ViewContext,
    error_line,
    info_line,
    show,
)
from chatroom.client.view.past import beside, day, found, history
from chatroom.client.view.people import room_table

__all__ = [
    "Line",
    "Span",
    "Tone",
    "ViewContext",
    "answers",
    "beside",
    "day",
    "error_line",
    "found",
    "happenings",
    "history",
    "info_line",
    "people",
    "room_table",
    "said",
    "show",
]

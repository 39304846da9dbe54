"""An event as a line for people: pure functions, one for each event that is shown.

    show                                      finds the function for an event
    said, happenings, people, answers         the functions, by subject
    past, folding                             several events: a page of history, comings and goings
    rich, names, numerics                     parts of a line: looks, nicknames, refusals
    lines                                     what a line is

Whatever comes from others passes through `visible`. Rooms stand under their bare names. The tone
and the spans are for colours; the words alone tell everything.
"""

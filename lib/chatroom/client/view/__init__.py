"""Turns events into lines for people: pure functions, one for each kind of event.

    show                                      finds the function for an event
    said, happenings, people, answers         the functions, by subject
    past, folding                             several events: a page of history, comings and goings
    rich, names, numerics                     parts of a line: looks, nicknames, refusals
    lines                                     what a line is

Text from others passes through `visible`. Rooms have their bare names. Tone and spans are only for
colours; the words alone say everything.
"""

"""What each event changes: the functions that `apply` calls, and the only code that changes the
state.

    people       connecting, names, modes, quitting      accounts   who is logged in to which
    hosts        CHGHOST
    membership   JOIN, PART, KICK                        operators  of the server, and their bans
    rooms        topics, modes, ranks, owners            saying     messages and deletions
    staying      users without a connection (always on)
    marking      how far people have read, as their clients say
    metadata     display names and the like, of people and rooms
    keeping      what is saved of a room, and what remains of one that is empty
    telling      the last steps of each change: into the log, and to the people concerned

A function changes the state, then records the change, then tells it. Each module has a table of its
events; `apply` joins the tables.
"""

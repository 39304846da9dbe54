"""What the chat is, and the only code that changes it.

    events        everything that can happen, as frozen values
    apply         carries out an event: the state changes, the log records it, people see it
    changes/      the functions that `apply` calls, one for each event
    world         everyone and every room, by name and number
    surroundings  the base of the world: settings, time, and what the server plugs in
    model         a `User`, as others see them; a `Room`, with its members and modes
    mask_lists    who is banned from a room, excepted, invited
    room_modes    the modes that there are, and the ranks of members
    faded         pasts of rooms that are empty, and not for everybody
    read_marks    how far each client has read, and what proves it (`taken` remembers it)

`fanout_port` is what all of this needs of the fan-out.
"""

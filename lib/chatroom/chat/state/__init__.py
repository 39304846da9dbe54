"""What the chat is, and the only code that changes it.

    events      everything that can happen, as frozen values
    apply       one function for each event: the state changes, the log records it, people see it
    world       everyone and every room, by name and number
    model       a `User`, as others see them; a `Room`, with its members and modes
    faded       pasts of rooms that are empty, and not for everybody
    read_marks  how far each client has read, and what proves it (`taken` remembers it)

`fanout_port` is what all of this needs of the fan-out.
"""

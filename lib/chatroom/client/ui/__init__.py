"""What the person at the terminal client sees and does, sans I/O.

`chat` leads from the nickname into the room and out again. In the room, `display` shows what comes
in and `composer` sends what is typed; `commands` are those with a slash. `ports` is what all of it
wants of the outside: a screen, files, the connection.
"""

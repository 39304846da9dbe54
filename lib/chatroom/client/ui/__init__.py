"""What the person at the terminal client sees and does, sans I/O.

`chat` connects the parts. `arrival` leads from the nickname into the room, and `departure` out
again. In the room, `display` shows what the server sends, `composer` sends what is typed, and
`commands` has the commands with a slash. `ports` declares what all of them need from outside: a
screen, files, the connection.
"""

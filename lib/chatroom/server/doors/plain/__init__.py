"""The door for people with netcat or telnet.

`door` takes their lines. `questions` leads them into a room, `commands` and the modules beside it
have the commands with a slash, and `words` turns messages into sentences. `editing` and `telnet`
interpret the bytes that terminals send.
"""

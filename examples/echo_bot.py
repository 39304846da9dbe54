"""A bot that repeats what it is told: `python3 echo_bot.py SERVER ROOM`."""

import sys

from chatroom.client import Said, connect

server, room = sys.argv[1:]

with connect(server, nick="echo", rooms=[room], reconnect=True) as chat:
    for event in chat:
        if isinstance(event, Said) and not event.own and event.text.startswith("echo: "):
            if event.text == "echo: goodbye":
                break
            chat.reply(event, event.text.removeprefix("echo: "))

"""The commands, a module for each family; `table.COMMANDS` has one row for each of them.

A handler gets the world, the session and the message. It checks and decides, and what it decides is
an event for `state.apply`. It replies through `Session.reply`, and raises `Refused`.
"""

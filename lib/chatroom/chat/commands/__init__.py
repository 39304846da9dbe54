"""The commands, a module for each family; `table.COMMANDS` has one row for each of them.

A handler gets the session and the message, replies through `Session.reply` and `delivery`, and
raises `Refused`.
"""

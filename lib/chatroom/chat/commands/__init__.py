"""The commands, a module for each family; `table.COMMANDS` has one row for each of them.

A handler takes the session and the message, speaks through `Session.reply` and `delivery`, and
raises `Refused`.
"""

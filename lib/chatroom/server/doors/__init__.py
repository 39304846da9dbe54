"""Doors: what translates between a connection's bytes and the chat's messages.

`undecided` finds out who is calling; `irc` and `plain` then lead them in.
"""

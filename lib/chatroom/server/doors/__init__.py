"""Doors translate between a connection's bytes and the chat's messages.

`undecided` finds out which protocol the caller speaks; `irc` and `plain` then take over.
"""

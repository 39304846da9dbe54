"""Doors translate between a connection's bytes and the chat's messages.

`greeter` finds out which protocol the caller speaks; `irc` and `plain` then take over. A door sees
neither the server nor the world: `ports` declares the few functions that it may call, and `host`
makes them.
"""

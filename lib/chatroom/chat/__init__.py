"""The chat itself: world, rooms, sessions, commands. It has no sockets, no SQL and no clock of its
own.

Bytes for people go into outboxes, which the server's tick writes. The time is `World.now`.
"""

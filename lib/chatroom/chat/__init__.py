"""The chat itself: world, rooms, sessions, commands. No sockets, no SQL, no clock of its own.

Bytes to people go into outboxes; the server's tick writes them. The time is `World.now`.
"""

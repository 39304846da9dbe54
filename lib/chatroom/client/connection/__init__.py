"""Reaching a server: which one, under which nickname, and the connection lost and called again."""

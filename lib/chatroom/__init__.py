"""Chatroom: one process, one loop, one port for everyone who wants to talk."""

__version__ = "0.1.0"

"""Reaching a server: choosing one and a nickname, connecting, and reconnecting."""

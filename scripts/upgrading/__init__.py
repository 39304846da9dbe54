"""The people of scripts/upgrade.py, at all doors of a server."""

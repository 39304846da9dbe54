"""The client on a terminal: keys in, an input line that is edited, and what was said above it."""

"""Fuzzing: whatever strangers may send, to the server and to the client."""

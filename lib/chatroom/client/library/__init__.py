"""The library for programs that talk: `connect`, a conversation, and the loop that drives it."""

"""The terminal client as a process: `loop` turns, `bindings` ties the chat to keys and status."""

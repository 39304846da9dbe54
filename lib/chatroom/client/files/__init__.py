"""Files and bytes outside the chat: where they lie, what may be written there, how to read them."""

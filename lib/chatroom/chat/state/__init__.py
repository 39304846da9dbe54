"""What the chat is: people and rooms (`model`), their indexes (`world`), and how they change
(`events`, `apply`)."""

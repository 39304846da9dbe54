"""What the pictures of the web page show: the conversation, and the server that has it."""

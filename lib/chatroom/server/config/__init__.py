"""The configuration: where it comes from, which keys there are, and how it is read again."""

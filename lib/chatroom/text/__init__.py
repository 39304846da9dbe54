"""Text for people: how it is shown, split, searched, and how times are written."""

"""The slash commands: `table` has a row for each; the other modules have what they do."""

"""What the user wants: `client.toml`, the flags, the settings of /set, and passwords."""

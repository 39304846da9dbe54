"""What the user has configured: `client.toml`, the flags, the settings of /set, and passwords."""

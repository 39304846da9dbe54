"""The door for people with netcat or telnet."""

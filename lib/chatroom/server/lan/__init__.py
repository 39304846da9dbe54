"""How people on the local network find this server.

reached     at which addresses other machines reach it
announcer   announces it by multicast DNS (`wire/mdns/`, `net/multicast.py`)
directions  what people type to come here, for the log, and a QR code for the terminal
"""

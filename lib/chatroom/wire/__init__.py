"""Bytes <-> Message: the IRC wire language, sans I/O.

Nothing in here opens a socket, reads a clock or keeps a session. Bytes from a peer may raise
`ProtocolError` (wire.message) or `InvalidName` (wire.names), and nothing else.
"""

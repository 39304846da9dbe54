"""Files by HTTP: uploads to the server of the chat, and downloads.

    upload    a file becomes a request          download  an answer becomes a file
        http  one request and its answer, sans I/O (h11)
    uploaded  how a message shows a file
    places    where a URL leads, and whether that is the chat's own server
    transfer  the connection: the loop, TLS with the pins of IRC, backpressure

Only `transfer` does network I/O; `files/incoming.py` and `files/outgoing.py` have the local ends.
"""

"""The terminal client as a process.

    loop      turns: the server's lines, keys, timers    bindings        keys and status of the chat
    transfers files, one after the other
    signals   Ctrl-C, TERM, HUP                          trust_question  whether to trust a server

Nothing else knows the chat, or the process.
"""

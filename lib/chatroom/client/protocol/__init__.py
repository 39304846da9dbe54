"""The IRC session, sans I/O: bytes in, events out, and bytes to send.

`session` is the whole of it for everybody else. `gate` looks at each message first; `batches` puts
together what belongs together; `handlers` (with `who`, `tagmsg`, `history_batches`) turns a message
into events and notes in `state` what the server told. A connection begins with `capabilities` and
`login`.
"""

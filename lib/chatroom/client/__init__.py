"""The terminal client: a sans-I/O IRC session, what people see of it, and a loop around both.

Bytes go into `session` and come out as `events`; `view` turns an event into a line; `chat` decides
what to ask, show and send; only `app` touches descriptors, and only it catches OSError.
"""

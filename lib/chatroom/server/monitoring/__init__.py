"""What operators see of the running server: figures, and whether it works.

    /metrics              ->  metrics (one row each)  ->  exposition: Prometheus's text
    /healthz, /readyz     ->  Sources.why_not_ready
    chatroom-server status  ->  control/  ->  status: the values  ->  status_page, for people

    sources     what all of these are read from, when somebody asks
    counters    what nothing else counts; timings: durations    process    the process itself

Nothing here changes the server. Counters are plain integers where they are counted, and nobody
pays for a figure that nobody looks at.
"""

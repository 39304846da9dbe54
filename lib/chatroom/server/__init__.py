"""The composition: configuration, doors, the tick, start-up and shutdown.

    main         the command line, and the server's start and end
    server       the composition and the tick
    doors/       IRC and plain text, and the bytes that tell which     config/   the configuration
    control/     what tools ask of the running server                  web/      the routes of HTTP

    coming       listening, accepting; admission (of addresses); certificates, handshakes
    going        closing; readers (too slow); ban_expiry; terminal (closed)
    on disk      storage opens and closes it: history_service with tick_commit, upkeep, searches,
                 retention_schedule and taken_keeper; account_keeper with account_changes
    passwords    tries: a queue for a worker; operator_keeper: those of OPER;
                 guard: slows down guessing
    callbacks    what the chat asks of the server
    lan/         announces the server on the local network
    monitoring/  figures for operators: status, metrics
    tools        subcommands: tools, account_tool, audit_tool, certificate_tool, password_tool,
                 status_tool, upgrade_tool
    upgrade/     a new process takes over from the running one
    process      logging_setup, memory; supervision: what the service manager learns

`server` makes these parts and gives each what it needs; none of them sees the server.
"""

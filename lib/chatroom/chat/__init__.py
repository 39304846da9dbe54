"""The chat itself. It has no sockets, no SQL, no clock and no time zone of its own.

    commands/    a handler for each command: checks the rights, decides, makes an event
    dispatch     finds the handler's row, turns a refusal into a reply
    output/      what people are told: fan-out to many, labelled replies, answers in steps, the past
    rights       who may do what in a room       expiry     timed bans end
    connections  sessions come and go            reading    who may read what was said
    conversations  private talk of two accounts, for those two
    targets      whom a parameter names          flood      what a line costs
    refusals     what a handler raises           session    one connection of a user
    state/       users, rooms, their indexes; the events, and `apply`, which alone changes them
    ports        what the chat needs of connections and doors; `history_port`: of a history

Each line knows only those below it (a contract in pyproject.toml). Bytes for people go into
outboxes, which the server's tick writes. The time is `World.now`.
"""

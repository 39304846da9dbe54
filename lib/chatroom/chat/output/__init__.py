"""What people are told.

    fanout            from one to many: the hot path; `audience` is who hears, `segments` wait
    labelled_replies  replies to one command, with its label and in a batch
    answers           large answers, step by step; `durable` waits until a change is on disk
    markers           how far people have read; `metadata`: about people and rooms
    playback          the past, for clients that know batches; `retelling` for all others

Only `fanout`, and `Session.put` for what goes to one session alone, write into outboxes.
"""

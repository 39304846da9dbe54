"""The loop, its connections, listeners, timers and workers. Knows nothing of chat.

Only here (and in client/app) is OSError caught. Nothing here blocks, except `Loop.select`, whose
business that is.
"""

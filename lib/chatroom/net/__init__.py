"""The loop, connections, listeners, timers and workers. Knows nothing of chat.

OSError is caught only here and in client/app. Nothing here blocks except `Loop.select`, whose
purpose is to wait.
"""

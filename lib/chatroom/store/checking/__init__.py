"""Checks of a whole data directory, for `chatroom-server check-data`. They only read.

    findings   what a check finds, and what it is given
    files      permissions, journals, the audit log, contents of uploaded files
    database   the database itself, and whether its rows fit together
    index      whether the search index agrees with the history
    checks     the table of all checks, and `check_data`, which carries them out

`inspection.py` asks whether a server could start, which `--check` tells; these ask whether
everything that was kept is still there.
"""

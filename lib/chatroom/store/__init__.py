"""SQLite: the only package that knows SQL.

`database` opens and migrates databases, `history` stores messages, and `search` maintains the
index. SQLite's errors leave this package only as `StoreError`.
"""

"""SQLite: the only place that knows SQL.

`database` opens and migrates, `history` keeps what was said, `search` finds it again. SQLite's
errors leave this package as `StoreError` only.
"""

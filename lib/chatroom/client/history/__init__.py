"""What the server keeps of the past: asking for it page by page, and missing or repeating nothing.

Sans I/O, and without a screen: the terminal client and the library both build on it.
"""

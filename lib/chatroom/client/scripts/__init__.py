"""The client's subcommands for scripts: one module for each, using the library.

Results go to standard output, errors to standard error, in one line each.
"""

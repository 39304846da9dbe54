"""The client's subcommands for scripts: one module for each, built upon the library.

What was asked for goes to standard output; what could not be done is one line on standard error.
"""

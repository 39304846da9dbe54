"""Histories of other programs, read for an import.

    formats       the table: the name of each format, and its reader
    tree          the files of an export: a directory, a zip file, single ones (the part with I/O)
    reading       what every reader is given: options, faults, counts, the local time
    happened      what a reader yields: something that happened in a room
    entries       makes entries of the history of it: names, msgids, long texts, replies
    names         nicknames and rooms that are valid here
    logs          logs of people's IRC clients, by tables: irssi, weechat, znc
    slack, slack_markup, mattermost, ergo, emoji

A reader is a generator over a `Tree`. What it cannot understand is a fault, with the file and the
line; it goes on, so that all faults are found at once. What has no place here is counted.
"""

"""Uploaded files: their contents in a directory, what is known of them in the history's database.

    content   bytes on disk, under the names of their SHA-256: written, synced, put in place
    index     one row for each upload: id, name, type, size, uploader (SQL)
    store     both together, so that no row is without its content; retention; what a crash left
    copies    the contents that an export takes along

An upload's address is given away only when its content and then its row are on disk. A row goes
before its content does, and content without a row is removed at the next start. So a crash at any
moment leaves no address that finds nothing, and no file that nobody can reach.
"""

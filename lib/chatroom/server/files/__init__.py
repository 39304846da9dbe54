"""Uploaded files inside the server, for the loop's thread. The store's workers touch the disk.

keeper     what routes, the chat and the operator's tools ask for; retention; what a crash left
ledger     who may still upload how much
upload     one file on its way to the disk
download   one file on its way to a reader
"""

"""What `crash.py` does besides talking in rooms.

ledger     what people were told, and what they have asked for
person     a connection of somebody who may log in
owners     people with accounts, passwords, rooms, ranks, bans and private messages
mover      somebody who stays in rooms without a connection, and renames these
"""

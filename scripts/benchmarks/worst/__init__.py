"""The worst that a line can cost: a house full of it, a table of lines, and what they take.

words     crafted names, masks and texts
stage     the server with crowd, rooms, lists and history, and the actors who attack
cases     the worst lines of each row of the command tables, a row each
measure   what they cost, and the table of it
"""

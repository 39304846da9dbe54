"""What `fuzz.py` does: `server` and `client` each have `run(lines, seed)`, true when it failed.

lines      what is sent to the server: valid, mutated and garbage
server     a server in this process, visitors who come and go, and what must always hold
client     a client, and a server that makes things up (`hostile`, `streams`)
"""

"""The hot upgrade: a new process takes over from a running one, and nobody is disconnected.

    old process                                        new process (the same command, the new code)
    predecessor: starts it with a socket pair   ->     main: imports, reads the configuration
                                                       successor: HELLO, READY with its version, the
                                                         snapshots that it understands, and the
                                                <-       version of the database's format
    quiesce: nothing is half done any more
    snapshot: `take_in_parts`, plain values
    STATE with all descriptors, ROWS, ..., ALL  ->     snapshot: `Restoring`, in memory
                                                <-     RESTORED
    from here on it does not write any more
    GO                                          ->     opens the data directory
                                                <-     SERVING, and then its first tick
    relay: passes on the bytes of TLS connections, until they have ended
    last_download: sends the files that it has begun to send
    supervisor: remains for the program that started it

    predecessor  the old process: starts the new one, hands over, or continues
    newcomer     the new one, as the old one sees it        outcome    how it went
    successor    the new process until it serves
    protocol     what the two say                           channel    how: bytes and descriptors
    quiesce      ticks that bring to an end what a snapshot could not contain
    snapshot     what is handed over: `take` it, `restore` it          moving     its connections
    leftovers    what the old one goes on with: relays, and downloads (`last_download`)
    relay        a TLS socket at one end, a socket pair to the new process at the other
    life         how the old processes learn that the newest one has ended
    supervisor   the first process, which waits for the newest one     subreaper  also for orphans

The promises:

1. The old process serves until the new one has said SERVING. If the new one says FAILED, ends, or
   is late, it is killed, and the old one continues: nothing that it would need has changed. So
   `take` only reads, and `restore` neither writes files nor reads from sockets.
2. Only one process writes. The lock of the data directory belongs to an open file that both have
   (flock(2)), so it is never free. Before GO the old one has written all into the database, and the
   new one does not write before it.
3. The new process reads nothing from a connection before SERVING. Everything that the old one has
   read is in the snapshot, and what it has not read waits in the kernel.

Connections are handed over in the clear: the state of OpenSSL cannot leave its process. Of a TLS
connection the new process gets one end of a socket pair, and does not notice the difference, apart
from what the snapshot says of the connection (`relayed`). A connection over which a file is being
sent is not handed over at all (`Door.stays_behind`): it is not in the snapshot, and ends after the
file.
"""

"""Finding services on the local network: multicast DNS (RFC 6762) and DNS-SD (RFC 6763). Sans I/O.

    packet       DNS messages <-> bytes (RFC 1035)
    services     what the records of a service say: PTR, SRV, TXT, A, AAAA
    zone         the names that the server claims, and their records
    responder    announces services and answers for them: probes, conflicts, goodbyes
    browser      asks for services, and collects what others announce

The sockets are `net/multicast.py`. Everything that arrives here was sent by anybody on the network,
and proves nothing about who sent it.
"""

"""The web: what browsers and `curl` may ask, and the answers. Sans-I/O: the door is
`doors/http.py`.

`routes` has one row for each method and path. How to add one is written there.

    exchange    one request and its answer in bytes: h11 and stricter checks, sans-I/O
    request     `Request`: what a handler gets
    response    `Response`, `Pending`, `Sink`, `Source`, `Switch`: what a handler may return
    routes      the table, and which row a request belongs to
    gate        who is let in: own names only, own pages only, TLS where it is required
    host        `WebHost`: what handlers may ask of the server
    names       the server's own names and origins
    headers     the headers that every answer has
    page_files  the page's static files
    websocket   IRC over WebSocket: the way to its door
    authorization   who asks: account and password; the row for each scheme
    room_pages, hooks    reading rooms, and saying something
    publishing, repeating   what is said, and that it is said once
    following       streams
    uploads, downloads   files: POST and PUT, GET and DELETE
    content_types   what a file is, by its first bytes
    disposition     names of files in headers
    ranges          parts of files, and what a client has already
    own_url         the address under which a client reaches this server
    turns           which downloads go on in a tick
    browsers        where browsers came from lately, which may connect in advance
"""

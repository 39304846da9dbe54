"""GET and DELETE /files/ID/NAME. Everyone who has the address may read the file.

Nothing that somebody uploaded can act in a browser: the type is the one that the file's first bytes
show, only images, audio, video and plain text are shown at all, and a sandbox without scripts, with
an origin of its own, is around them.
"""

import re

from chatroom.server.files.keeper import Failed, FileKeeper, Opened
from chatroom.server.web.authorization import Person, unauthorized
from chatroom.server.web.content_types import as_header, is_inline
from chatroom.server.web.disposition import disposition
from chatroom.server.web.host import WebHost
from chatroom.server.web.ranges import Unsatisfiable, has, part_of
from chatroom.server.web.request import Request
from chatroom.server.web.response import Answer, Headers, Pending, Response, text
from chatroom.store.files.index import StoredFile
from chatroom.wire.attachment import ID_LENGTH
from chatroom.wire.tokens import WRITE

POLICY = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"
"""A browser that shows an image or a film by itself makes a page around it, which loads the file
from here and has styles."""

_ID = re.compile(rf"[A-Za-z0-9_-]{{{ID_LENGTH}}}")

NOT_FOUND = "There is no such file, or not any more."


def download(request: Request, web: WebHost) -> Answer:
    """GET /files/{id}/{name}. The name is only there to be read."""
    files, id = web.files(), request.parts["id"]
    if files is None or not _ID.fullmatch(id):
        return text(404, NOT_FOUND)
    pending = Pending()
    files.open(id, lambda opened: pending.resolve(_opened(request, files, opened)))
    return pending


def _opened(request: Request, files: FileKeeper, opened: Opened | Failed | None) -> Response:
    if opened is None:
        return text(404, NOT_FOUND)
    if isinstance(opened, Failed):  # 404 would make clients forget the file
        return text(503, "The file cannot be read right now.", ("Retry-After", "10"))
    file = opened.file
    etag = f'"{file.digest[:32]}"'
    headers = (("ETag", etag), ("Accept-Ranges", "bytes"), *_headers(file))
    if has(etag, request.header("if-none-match")):
        files.download(opened, 0, 0).close()
        return Response(304, headers)
    asked = request.header("range") if request.method == "GET" else ""  # RFC 9110 section 14.2
    try:
        begin, size, partial = part_of(file.size, etag, asked, request.header("if-range"))
    except Unsatisfiable:
        files.download(opened, 0, 0).close()
        return text(416, "The file has no such part.", ("Content-Range", f"bytes */{file.size}"))
    if partial:
        place = f"bytes {begin}-{begin + size - 1}/{file.size}"
        headers = (*headers, ("Content-Range", place))
    return Response(206 if partial else 200, headers, files.download(opened, begin, size))


def _headers(file: StoredFile) -> Headers:
    kind = "inline" if is_inline(file.type) else "attachment"
    return (
        ("Content-Type", as_header(file.type)),
        ("Content-Disposition", disposition(kind, file.name)),
        ("Content-Security-Policy", POLICY),
        # asked for again each time, because the file may be taken back; 304 costs little
        ("Cache-Control", "private, no-cache"),
    )


def delete(request: Request, web: WebHost) -> Answer:
    """DELETE /files/{id}/{name}: by the uploader, or by an operator of the server."""
    files, id = web.files(), request.parts["id"]
    if files is None or not _ID.fullmatch(id):
        return text(404, NOT_FOUND)
    if not web.authorization.is_claimed(request):
        return unauthorized(request, "Removing a file needs the account that uploaded it.")
    pending = Pending()

    def known(who: Person | Response) -> None:
        if isinstance(who, Response):
            pending.resolve(who)
        else:
            _remove(files, id, who, web.authorization.may_remove_files(who), pending)

    web.authorization.ask(request, known, WRITE)
    return pending


def _remove(files: FileKeeper, id: str, who: Person, is_operator: bool, pending: Pending) -> None:
    found: list[StoredFile] = []

    def may(file: StoredFile) -> bool:
        """In a worker."""
        found.append(file)
        return is_operator or file.account == who.number

    def removed(gone: list[StoredFile] | None) -> None:
        if gone is None:
            pending.resolve(text(503, "Files cannot be removed right now."))
        elif gone:
            pending.resolve(Response(204))
        elif found:
            pending.resolve(text(403, "Somebody else has uploaded this file."))
        else:
            pending.resolve(text(404, NOT_FOUND))

    files.remove([id], may, removed)

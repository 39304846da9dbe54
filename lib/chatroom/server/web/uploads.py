"""POST /files and PUT /files/NAME: a file comes in.

IRC clients send the bytes of a file as the body (FILEHOST), `curl -T` likewise, `curl -F` and forms
send `multipart/form-data`. All of it streams to the disk; at most a few pieces are in memory. The
address is sent only when the file is on disk.
"""

import re
from urllib.parse import quote

from multipart import MultipartError, MultipartSegment, PushMultipartParser

from chatroom.server.files.keeper import FileKeeper
from chatroom.server.files.ledger import (
    MB,
    NotAccepted,
    Overloaded,
    QuotaUsed,
    TooLarge,
    TooManyUploads,
)
from chatroom.server.files.upload import Fault, Upload, Uploader
from chatroom.server.web.authorization import Person, unauthorized
from chatroom.server.web.content_types import TEXT, is_inline, type_of
from chatroom.server.web.disposition import as_utf8, file_name
from chatroom.server.web.host import WebHost
from chatroom.server.web.request import Request
from chatroom.server.web.response import (
    Answer,
    Pending,
    Refused,
    Response,
    Wake,
    as_json,
    text,
)
from chatroom.store.database import StoreError
from chatroom.store.files.content import NoSpace
from chatroom.store.files.index import StoredFile
from chatroom.text.file_names import NAMELESS, safe_name
from chatroom.wire.tokens import WRITE

FRAME_BYTES = 65_536
"""Bytes that a form may have around its file."""

MOST_PARTS = 8

_BOUNDARY = re.compile(r'multipart/form-data;.*?boundary=(?:"([^"]{1,70})"|([^\s;,"]{1,70}))', re.I)

_STATUS: dict[type[Exception], int] = {
    TooLarge: 413,
    QuotaUsed: 507,
    NoSpace: 507,
    TooManyUploads: 429,
    Overloaded: 503,
}

_GONE = "This account cannot be used any more."

NO_FILES = "Files cannot be uploaded here."


def most(_web: WebHost) -> int:
    """Bytes of a body: the upload knows its limit itself, and says it in the refusal."""
    return 1 << 50


def options(_request: Request, web: WebHost) -> Answer:
    """OPTIONS /files: that anything may be uploaded, how much, and whether by guests."""
    if web.files() is None:
        return text(404, NO_FILES)
    settings = web.file_settings()
    limits = (
        ("Upload-Limit", f"maxsize={settings.size * MB}"),
        ("Upload-Guests", "yes" if settings.guests else "no"),
    )
    return Response(204, (("Allow", "OPTIONS, POST"), ("Accept-Post", "*/*"), *limits))


def upload(request: Request, web: WebHost) -> Answer:
    """POST /files, PUT /files/{name}."""
    files = web.files()
    if files is None:
        return text(404, NO_FILES, close=True)
    settings = web.file_settings()
    boundary = _boundary(request.header("content-type"))
    if (request.length or 0) > settings.size * MB + (FRAME_BYTES if boundary else 0):
        return _response(TooLarge(settings.size * MB))
    if not web.authorization.is_claimed(request) and not settings.guests:
        words = "Uploading needs an account: send its name and password, or a token (curl -u NAME)."
        return unauthorized(request, words)
    if boundary:
        return Form(Receiving(request, web, files, None), boundary)
    return Body(Receiving(request, web, files, request.length), _name(request))


def _boundary(content_type: str) -> str:
    match = _BOUNDARY.match(content_type[:500])
    return (match[1] or match[2]) if match else ""


def _name(request: Request) -> str:
    if "name" in request.parts:
        return safe_name(request.parts["name"])
    return file_name(request.header("content-disposition"))


class Receiving:
    """One file of one request: who sends it, the upload, and the answer.

    Until it is known who sends it, which takes a moment, one piece is kept here.
    """

    def __init__(
        self, request: Request, web: WebHost, files: FileKeeper, length: int | None
    ) -> None:
        """`length` is the size of the file, None if that is not known yet."""
        self._request = request
        self._web = web
        self._files = files
        self._wake: Wake = lambda: None
        self._uploader: Uploader | None = None
        self._person: Person | None = None
        self._upload: Upload | None = None
        self._length = length
        self._kept = b""
        self._refusal: Response | None = None
        self._name = ""
        self._pending: Pending | None = None
        self._gone = False

    def start(self, wake: Wake) -> None:
        """Find out who it is. `wake` is called when pieces are welcome, and when the answer is
        known early."""
        self._wake = wake
        if self._web.authorization.is_claimed(self._request):
            self._web.authorization.ask(self._request, self._known, WRITE)
        else:
            self._uploader = Uploader(0, self._request.session.host)
            self._check(self._uploader)

    def _check(self, uploader: Uploader) -> None:
        """Refuse what can be refused before anything of it has come."""
        try:
            self._begun(uploader)
        except (NotAccepted, StoreError) as fault:
            self._refuse(_response(fault))

    def _known(self, who: Person | Response) -> None:
        if self._gone:
            return
        if isinstance(who, Response):
            self._refuse(who)
            return
        self._person = who
        self._uploader = Uploader(who.number, self._request.session.host)
        self._check(self._uploader)
        if self._refusal is not None:
            return
        kept, self._kept = self._kept, b""
        try:
            if kept:
                self.write(kept)
            if self._pending is not None:
                self._finish()
        except Refused as refused:
            self._refuse(refused.response)
        self._wake()

    def _refuse(self, response: Response) -> None:
        self._refusal = response
        if self._pending is not None:
            self._pending.resolve(response)
        else:
            self._wake()

    @property
    def is_ready(self) -> bool:
        """Whether it is known who sends it."""
        return self._uploader is not None

    @property
    def refusal(self) -> Response | None:
        """Why the file is not accepted, if that is known."""
        if self._refusal is None and self._upload is not None and self._upload.fault is not None:
            return _response(self._upload.fault)
        return self._refusal

    def write(self, piece: bytes) -> bool:
        """Take bytes of the file. Returns whether more may come now. Raises Refused."""
        if self._refusal is not None:
            raise Refused(self._refusal)
        if self._uploader is None:
            self._kept += piece
            return False
        try:
            return self._begun(self._uploader).write(piece)
        except (NotAccepted, StoreError) as fault:
            raise Refused(_response(fault)) from None

    def _begun(self, uploader: Uploader) -> Upload:
        if self._upload is None:
            self._upload = self._files.upload(uploader, self._length)
            self._upload.wake = self._woken
        return self._upload

    def _woken(self) -> None:
        self._wake()

    def end(self, name: str) -> Response | Pending:
        """The file is complete. Raises Refused."""
        if self._refusal is not None:
            raise Refused(self._refusal)
        self._name = name
        self._pending = Pending(self.abandon)
        if self._uploader is not None:
            self._finish()
        return self._pending

    def _finish(self) -> None:
        """Raises Refused."""
        assert self._uploader is not None
        if self._is_gone():
            self.abandon()
            raise Refused(text(403, _GONE))
        try:
            upload = self._begun(self._uploader)
            kind = type_of(upload.head)
            name = self._name or _nameless(kind)
            now = self._web.facts.now
            self._files.finish(upload, self._uploader, name, kind, now, self._stored)
        except (NotAccepted, StoreError) as fault:
            raise Refused(_response(fault)) from None

    def _stored(self, result: StoredFile | Fault) -> None:
        if self._pending is None:
            return
        if isinstance(result, Exception):
            self._pending.resolve(_response(result))
        elif self._is_gone():  # while the disk was busy
            self._files.remove([result.id], lambda _file: True)
            self._pending.resolve(text(403, _GONE))
        else:
            self._pending.resolve(_created(self._request, self._web, result))

    def _is_gone(self) -> bool:
        """Whether the account was removed or suspended since it was asked for."""
        person = self._person
        return person is not None and not self._web.authorization.is_current(person)

    def abandon(self) -> None:
        """Nobody waits for the answer any more, or it is known already."""
        self._gone = True
        if self._upload is not None:
            self._upload.abandon()


class Body:
    """The body of the request is the file (a `Sink`)."""

    def __init__(self, receiving: Receiving, name: str) -> None:
        self._receiving = receiving
        self._name = name

    def start(self, wake: Wake) -> None:
        """The body begins."""
        self._receiving.start(wake)

    @property
    def is_ready(self) -> bool:
        """As soon as it is known who sends it, and that they may."""
        return self._receiving.is_ready

    @property
    def refusal(self) -> Response | None:
        """Why the rest is not welcome."""
        return self._receiving.refusal

    def write(self, piece: bytes) -> bool:
        """A piece of the file."""
        return self._receiving.write(piece)

    def end(self) -> Response | Pending:
        """The file is complete."""
        return self._receiving.end(self._name)

    def abandon(self) -> None:
        """It never will be."""
        self._receiving.abandon()


class Form:
    """The body is a form with one file (a `Sink`). Its other fields are ignored."""

    def __init__(self, receiving: Receiving, boundary: str) -> None:
        self._receiving = receiving
        self._parser = PushMultipartParser(
            boundary, max_segment_count=MOST_PARTS, max_header_count=8, strict=True
        )
        self._boundary = f"\r\n--{boundary}".encode("latin-1")
        self._last = b"\r\n"  # bytes, in which the last boundary may have begun
        self._inside = False  # of a part
        self._ended = False  # what follows is to be ignored (RFC 2046 section 5.1.1)
        self._reading: MultipartSegment | None = None
        self._name: str | None = None  # of the file, once there is one
        self._around = 0  # bytes that are not of the file

    def start(self, wake: Wake) -> None:
        """The body begins."""
        self._receiving.start(wake)

    @property
    def is_ready(self) -> bool:
        """As soon as it is known who sends it, and that they may."""
        return self._receiving.is_ready

    @property
    def refusal(self) -> Response | None:
        """Why the rest is not welcome."""
        return self._receiving.refusal

    def write(self, piece: bytes) -> bool:
        """A piece of the form. Raises Refused."""
        more = True
        taken = 0
        try:
            for event in () if self._ended else self._parser.parse(piece):
                if isinstance(event, MultipartSegment):
                    self._inside = True
                    self._begin(event)
                elif event is None:
                    self._inside = False
                    self._reading = None
                elif self._reading is not None:
                    taken += len(event)
                    more = self._receiving.write(bytes(event)) and more
        except MultipartError as error:
            raise self._bad(f"The form cannot be read: {error}.") from None
        self._look_for_the_end(self._last + piece)
        self._around += max(0, len(piece) - taken)
        if self._around > FRAME_BYTES:
            raise self._bad("The form has too much besides its file.")
        return more

    def _look_for_the_end(self, recent: bytes) -> None:
        """The parser takes what follows the closing boundary if that comes in the same piece, and
        refuses it otherwise. Both are the line end that clients send there."""
        closing = recent.rfind(self._boundary + b"--")
        if not self._inside and closing > recent.rfind(self._boundary + b"\r\n"):
            self._ended = True
        self._last = recent[-len(self._boundary) - 2 :]

    def _begin(self, part: MultipartSegment) -> None:
        self._reading = None
        if part.filename is None:
            return
        if self._name is not None:
            raise self._bad("A form has one file; send each in a request of its own.")
        self._name = safe_name(as_utf8(part.filename))
        self._reading = part

    def _bad(self, words: str) -> Refused:
        self._receiving.abandon()
        return Refused(text(400, words))

    def end(self) -> Response | Pending:
        """The form is complete. Raises Refused."""
        try:
            self._parser.close()
        except MultipartError:
            raise self._bad("The form is not complete.") from None
        if self._name is None:
            raise self._bad("The form has no file.")
        return self._receiving.end(self._name)

    def abandon(self) -> None:
        """The form never comes to its end."""
        self._receiving.abandon()


def _nameless(kind: str) -> str:
    ending = "txt" if kind == TEXT else kind.rpartition("/")[2]
    return f"{NAMELESS}.{ending}" if is_inline(kind) else NAMELESS


def _created(request: Request, web: WebHost, file: StoredFile) -> Response:
    path = f"/files/{file.id}/{quote(file.name, safe='')}"
    url = f"{web.url(request)}{path}"
    location = ("Location", url)
    if "application/json" in request.header("accept"):
        about = {"url": url, "id": file.id, "name": file.name, "size": file.size}
        return as_json(201, {**about, "type": file.type}, location)
    return Response(201, (("Content-Type", "text/plain"), location), f"{url}\n".encode())


def _response(fault: Fault) -> Response:
    """The answer for a file that is not stored."""
    status = _STATUS.get(type(fault), 503)
    words = str(fault) if type(fault) in _STATUS else "Files cannot be stored right now"
    more: tuple[tuple[str, str], ...] = ()
    if isinstance(fault, TooLarge):
        more = (("Upload-Limit", f"maxsize={fault.most}"),)
    if status in (429, 503):
        more = (("Retry-After", "5"),)
    return text(status, f"{words}.", *more)

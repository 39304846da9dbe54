"""What a message says of its files, and what a JPEG tells besides the picture: without a server."""

from typing import Any

import pytest

ID = "a" * 22
HOME = f"http://home/files/{ID}"

FILES = """
const { attachmentIn, filesOf, spokenText } = await import("/protocol/attachment.js");
const attachment = attachmentIn(new Map(Object.entries(it.tags)));
const line = { text: it.text, attachment };
return [spokenText(line), filesOf(line, (address) => address.startsWith("http://home/"))];
"""


def tags(name: str, size: int = 1200, kind: str = "image/png", image: str = "") -> dict[str, str]:
    return {"+chatroom/file": f"{size} {kind} {name}", "+chatroom/image": image}


SHOWN = [
    (f"look! a b.png (1.2 KB) {HOME}/a%20b.png", tags("a b.png", image="30x20"), "look!",
     ("a b.png", 1200, "image/png", 30)),
    (f"a.png (1.2 KB) {HOME}/a.png", tags("a.png", image="0x"), "", ("a.png", 1200, "image/png", 0)),
    (f"{HOME}/a.MP4", {}, "", ("a.MP4", None, "video/*", None)),
    (f"see {HOME}/a.zip", {}, f"see {HOME}/a.zip", ("a.zip", None, "", None)),
    (f"see {HOME}/%E0%A4%A", {}, f"see {HOME}/%E0%A4%A", ("%E0%A4%A", None, "", None)),
    # What the tag says is not what the text says: all of the text stays.
    (f"b.png (1 KB) {HOME}/b.png", tags("a.png"), f"b.png (1 KB) {HOME}/b.png",
     ("a.png", 1200, "image/png", 0)),
    # A name that would be read backwards, or as several lines.
    (f"{HOME}/x", tags("\u202egpj.\nexe"), "", ("gpj. exe", 1200, "image/png", 0)),
    (f"{HOME}/x", tags("x" * 500), "", ("x" * 90 + "…" + "x" * 25, 1200, "image/png", 0)),
    (f"{HOME}/x", tags("a", size=10**16), "", ("x", None, "", None)),
    (f"{HOME}/x", tags("a", kind="text/html\x02"), "", ("x", None, "", None)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said", "left", "file"), SHOWN)
def test_files_of_a_message(
    run: Any, text: str, said: dict[str, str], left: str, file: tuple[object, ...]
) -> None:
    _, found = run(FILES, {"text": text, "tags": said})
    assert found["text"] == left
    (one,) = found["files"]
    assert (one["name"], one["size"], one["type"], one.get("width")) == file
    assert one["isOwn"]


def test_other_hosts_and_many_files(run: Any) -> None:
    """Of another host only the server can say whether it means it; a file counts once."""
    other = f"http://else:1/files/{ID}/a.png"
    spoken, found = run(FILES, {"text": other, "tags": tags("a.png")})
    assert (spoken, found["text"], found["files"][0]["isOwn"]) == ("", other, False)
    many = " ".join(f"http://home/files/{number:022}/a" for number in range(30))
    _, found = run(FILES, {"text": f"{HOME}/a {HOME}/a {many}", "tags": {}})
    assert len({each["id"] for each in found["files"]}) == len(found["files"]) == 19
    _, found = run(FILES, {"text": "http://" + "a/" * 9000 + "files/" * 500, "tags": {}})
    assert found["files"] == []


OWN = """
const { filesOf, isOfServer } = await import("/protocol/attachment.js");
const isOwn = (address) => isOfServer(address, it.origins);
return [isOwn(it.address), filesOf({ text: `see ${it.address} there` }, isOwn, "http://home:8080").text];
"""


@pytest.mark.parametrize(
    ("place", "origins", "is_own"),
    [
        ("http://127.0.0.1:8080", ["http://home:8080"], True),
        ("http://[::1]:8080", ["http://home:8080"], True),
        ("http://localhost:8080", ["http://home:8080", ""], True),
        ("https://192.0.2.7", ["https://home"], True),
        ("http://192.0.2.7:8080", ["https://home", "http://192.0.2.9:8080"], True),
        ("http://home:8080", ["http://home:8080"], True),
        ("http://127.0.0.1:8081", ["http://home:8080"], False),
        ("http://elsewhere:8080", ["http://home:8080"], False),
        ("http://127.0.0.1.elsewhere:8080", ["http://home:8080"], False),
        ("http://127.0.0.1@elsewhere:8080", ["http://home:8080"], False),
        ("http://127.0.0.1:99999", ["http://home:8080"], False),
    ],
)
def test_an_address_of_the_server_leads_to_where_the_page_reaches_it(
    run: Any, place: str, origins: list[str], is_own: bool
) -> None:
    """127.0.0.1 is the reader's own machine, not the uploader's."""
    address = f"{place}/files/{ID}/a.zip"
    shown = f"http://home:8080/files/{ID}/a.zip" if is_own else address
    assert run(OWN, {"address": address, "origins": origins}) == [is_own, f"see {shown} there"]


JPEG = """
const { hasPlace, withoutPlace } = await import("/protocol/place.js");
const canvas = new OffscreenCanvas(40, 20);
canvas.getContext("2d").fillRect(0, 0, 20, 20);
const plain = new Uint8Array(await (await canvas.convertToBlob({ type: "image/jpeg" })).arrayBuffer());
const segment = Uint8Array.from(it);
const photo = new Uint8Array(await new Blob([plain.slice(0, 2), segment, plain.slice(2), plain]).arrayBuffer());
const clean = new Uint8Array(await new Blob(withoutPlace(photo)).arrayBuffer());
const { width, height } = await createImageBitmap(new Blob([clean], { type: "image/jpeg" }));
return [hasPlace(photo), hasPlace(clean), width, height, clean.length - plain.length];
"""


def exif(*rows: tuple[int, int, int, int], gps: int = 0, order: str = "big") -> list[int]:
    """An APP1 segment: rows of tag, type, count, value; `gps` rows in the place that 0x8825 names."""

    def table(entries: list[tuple[int, int, int, int]]) -> bytes:
        body = b"".join(
            tag.to_bytes(2, order) + kind.to_bytes(2, order) + count.to_bytes(4, order)  # type: ignore[arg-type]
            + (value.to_bytes(2, order) + b"\0\0" if kind == 3 else value.to_bytes(4, order))  # type: ignore[arg-type]
            for tag, kind, count, value in entries
        )  # fmt: skip
        return len(entries).to_bytes(2, order) + body + bytes(4)  # type: ignore[arg-type]

    place = 8 + len(table([*rows, (0x8825, 4, 1, 0)]))
    main = table([*rows, (0x8825, 4, 1, place)])
    head = b"MM\0*\0\0\0\x08" if order == "big" else b"II*\0\x08\0\0\0"
    tiff = head + main + table([(tag, 1, 4, 0) for tag in range(gps)])
    body = b"Exif\0\0" + tiff
    return list(b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body)


XMP = b"http://ns.adobe.com/xap/1.0/\0<x exif:GPSLatitude='1'/>"
TURNED = (0x0112, 3, 1, 6)

PHOTOS = [
    (exif(TURNED, gps=3), True, (20, 40), 36),
    (exif(TURNED, gps=3, order="little"), True, (20, 40), 36),
    (exif(gps=1), False, (40, 20), 0),
    (list(b"\xff\xe1\0\x0aExif\0\0MM"), True, (40, 20), 0),
    (list(b"\xff\xe1" + (len(XMP) + 2).to_bytes(2, "big") + XMP), True, (40, 20), 0),
    ([], False, (40, 20), 0),
]


@pytest.mark.parametrize(("segment", "told", "size", "more"), PHOTOS)
def test_a_photo_without_its_place_stays_the_right_way_up(
    run: Any, segment: list[int], told: bool, size: tuple[int, int], more: int
) -> None:
    """What is behind the picture goes too: further pictures have places of their own."""
    before, after, *shape, longer = run(JPEG, segment)
    assert (before, after, tuple(shape), longer) == (told, False, size, more)


def box(kind: str, content: bytes) -> bytes:
    """A box of an MP4 or a HEIC file (ISO 14496-12)."""
    return (len(content) + 8).to_bytes(4, "big") + kind.encode("latin-1") + content


PLACE = b"+48.2082+016.3738+151.000/"
LOCI = box("loci", bytes(6) + b"Wien\0\0" + bytes(range(1, 13)))
GPS = bytes(exif(gps=3)[4:])
FILMS = [
    ("a.mp4", box("ftyp", b"isom") + box("mdat", PLACE) + box("moov", box("udta", box("\xa9xyz", b"\0\x1a\x15\xc7" + PLACE))), b"+00.0000+000.0000+000.000/"),
    ("a.MOV", box("ftyp", b"qt  ") + box("moov", box("ilst", box("data", bytes(8) + PLACE))), b"+00.0000+000.0000+000.000/"),
    ("a.3gp", box("moov", box("udta", LOCI)), bytes(12)),
    ("a.heic", box("ftyp", b"heic") + box("mdat", b"\0\0\0\6" + GPS), b"Exif"),
    ("a.heic", box("meta", b"<x exif:GPSLatitude='4' exif:GPSLatitude=\"48,12.3N\">"), b'"00,00.0N"'),
    ("a.mp4", box("ftyp", b"isom") + b"\0\0\0\1mdat" + (24).to_bytes(8, "big") + PLACE[:8], None),
    ("a.mp4", b"no film", None),
]  # fmt: skip

LOOK = """
const { lookAt } = await import("/ui/shrink.js");
const file = new File([Uint8Array.from(it.bytes)], it.name);
const clean = (await lookAt(file))?.clean.file;
return clean && [...new Uint8Array(await clean.arrayBuffer()), (await lookAt(clean)) === null];
"""


@pytest.mark.parametrize(("name", "film", "left"), FILMS)
def test_a_film_does_not_tell_where_it_was_taken(
    run: Any, name: str, film: bytes, left: bytes | None
) -> None:
    """The place is overwritten: nothing else changes, and nothing moves."""
    found = run(LOOK, {"name": name, "bytes": list(film)})
    if left is None:
        assert found is None
        return
    assert found[-1], "the copy has no place any more"
    clean = bytes(found[:-1])
    assert left in clean and len(clean) == len(film)
    if left[:1] != b"+":
        return
    moov = film.index(b"moov")
    assert clean[:moov] == film[:moov] and PLACE not in clean[moov:]

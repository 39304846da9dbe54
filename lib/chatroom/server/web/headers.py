"""The headers that every answer has. A handler's own header of the same name replaces them."""

from chatroom.server.web.response import Headers

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
    " media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script';"
    " trusted-types 'none'"
)
"""What the page may load and do: its own files only. A text that somebody wrote cannot become a
script, because the browser refuses to make nodes of text (Trusted Types)."""

NOTHING_POLICY = "default-src 'none'; frame-ancestors 'none'"
"""For all other answers: whatever a browser takes them for, they load and run nothing."""

SECURITY: Headers = (
    ("Content-Security-Policy", NOTHING_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)


def with_security(headers: Headers) -> Headers:
    """These headers, and those of SECURITY that are not among them."""
    named = {name.lower() for name, _ in headers}
    return (*headers, *(row for row in SECURITY if row[0].lower() not in named))

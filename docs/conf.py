"""Sphinx makes a static site of the pages: `make docs`, into build/site.

The pages are those of the repository, as they are: MyST reads Markdown, and follows links between
pages, also those to README.md and others beside docs/. The site loads nothing from elsewhere.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "lib"))

from chatroom import __version__  # noqa: E402

project = "Chatroom"
author = "the founders of Chatroom"
version = release = __version__
html_title = f"Chatroom {__version__}"

extensions = ["myst_parser"]
root_doc = "docs/index"
include_patterns = ["docs/*.md", "*.md"]
exclude_patterns = ["build/**", ".venv/**"]

myst_heading_anchors = 4  # the same anchors as on GitHub
myst_links_external_new_tab = False

html_theme = "furo"
html_static_path: list[str] = []
html_extra_path = ["site"]  # index.html, which leads to the first page
html_copy_source = False
html_show_sourcelink = False
highlight_language = "none"  # most of the examples are shell sessions and chats
nitpicky = True

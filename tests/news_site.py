"""A small news site of our own writing, on loopback: pages made of the written training texts."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

from tests.conftest import DATA

STORIES = 10
# furniture and asking, and not a word of an article
_SUBSCRIBE = ("Subscribe to our newsletter!", "Support our newsroom from just $2 a month.", "Sign up", "Donate now")


@dataclass(frozen=True, slots=True)
class Resource:
    """What the server has at a path."""

    content: bytes
    type: str = "text/html; charset=utf-8"


def written() -> list[dict[str, Any]]:
    """English articles with boilerplate among the paragraphs."""
    lines = (DATA / "written" / "en.jsonl").read_text(encoding="utf-8").splitlines()
    documents = [json.loads(line) for line in lines]
    return [
        document
        for document in documents
        if document["kind"] == "mixed" and sum(own["label"] == "body" for own in document["paragraphs"]) > 4
    ]


def story(document: Mapping[str, Any], more: Sequence[Mapping[str, Any]] = ()) -> str:
    """A page with all paragraphs of a document, and with those of others if it is to be a long read."""
    paragraphs = list(chain(document["paragraphs"], *(other["paragraphs"] for other in more)))
    title = next((own["text"] for own in paragraphs if own["label"] == "title"), document["id"])
    content = "\n".join(
        f"<h1>{escape(own['text'])}</h1>" if own["text"] == title else f"<p>{escape(own['text'])}</p>"
        for own in paragraphs
    )
    return _page(title, content)


def news_site(long: int = 0) -> dict[str, Resource]:
    """A dozen pages and a picture: a front page that links to stories, to a page that only asks, and to the picture.

    Args:
        long: of how many stories a further page is made, ``/long``; 0 is none.
    """
    documents = written()
    stories = {f"/story-{number}": story(document) for number, document in enumerate(documents[:STORIES])}
    if long:
        stories["/long"] = story(documents[0], (documents * (long // len(documents) + 1))[1:long])
    asking = _page("Subscribe", "".join(f"<p>{text}</p>" for text in _SUBSCRIBE))
    front = _page(
        "News", "".join(f'<article><a href="{path}">{path}</a></article>' for path in [*stories, "/asks", "/picture"])
    )
    pages = {"/": front, **stories, "/asks": asking}
    return {path: Resource(page.encode()) for path, page in pages.items()} | {
        "/picture": Resource(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, "image/png")
    }


def _page(title: str, content: str) -> str:
    menu = "".join(f'<li><a href="/section/{name}">{name}</a></li>' for name in ("World", "Sport", "Culture", "Money"))
    return (
        f"<!DOCTYPE html><html lang=en><head><meta charset=utf-8><title>{escape(title)}</title></head><body>"
        f"<header><nav><ul>{menu}</ul></nav></header><main>\n{content}\n</main>"
        f"<footer><p>© The Weekly Lantern. All rights reserved.</p><ul>{menu}</ul></footer></body></html>"
    )


@contextmanager
def serve(site: Mapping[str, Resource]) -> Iterator[str]:
    """Serve a site on loopback, as a server and as a proxy for any host.

    Yields:
        its address, without a slash at the end.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            found = site.get(urlsplit(self.path).path)
            content = found.content if found else b"not here"
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", found.type if found else "text/plain")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - so it is called in the base class
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()

"""A server whose tables are canned pages of 1 MB, so that only the reader's own work is measured.

It answers Scan, and keeps what is put into a bucket; a page costs it 2 ms.
"""

import json
import re
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# As many items of 350 bytes as DynamoDB has in a page of 1 MB.
PAGE_ITEMS = 3_000
MARK = "@@@@@@"


def item(number: int, page: str) -> dict[str, Any]:
    """Give an item of a page in DynamoDB's notation."""
    return {
        "customer": {"S": f"customer-{page}-{number % 50}"},
        "placed": {"S": f"2026-11-02T{number:06d}"},
        "changed_at": {"S": "2026-11-02T01:00:00Z"},
        "text": {"S": f"{page} what the {number}th customer said of it, " * 3},
        "stars": {"N": str(number % 5)},
        "answered": {"BOOL": number % 3 == 0},
        "tags": {"SS": ["blue", "green", "red"]},
        "source": {"M": {"app": {"S": "web"}, "version": {"N": "14"}}},
    }


def body(count: int) -> bytes:
    items = [item(number, MARK) for number in range(count)]
    return json.dumps({"Items": items, "Count": count, "ScannedCount": count}).encode()


class Pages(ThreadingHTTPServer):
    """Tables are called source-<items> and copy-<items>; one item of a copy is not the same."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.full, self.sizes = body(PAGE_ITEMS), {PAGE_ITEMS: body(PAGE_ITEMS)}
        self.objects: dict[str, bytes] = {}
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def page(self, table: str, segment: int, of: int, start: int) -> bytes:
        """Give the page of a segment; pages go to segments in turn."""
        kind, _, items = table.partition("-")
        pages = -(-int(items) // PAGE_ITEMS)
        number = segment + start * of
        if number >= pages:
            return b'{"Items":[],"Count":0,"ScannedCount":0}'
        count = min(PAGE_ITEMS, int(items) - number * PAGE_ITEMS)
        if count not in self.sizes:
            self.sizes[count] = body(count)
        content = self.sizes[count].replace(MARK.encode(), b"%06d" % number)
        if kind == "copy" and number == pages // 2:
            content = content.replace(b'{"N": "4"}', b'{"N": "7"}', 1)
        if number + of < pages:
            key = b'{"customer":{"S":"x"},"placed":{"S":"%d"}}' % (start + 1)
            content = content[:-1] + b',"LastEvaluatedKey":' + key + b"}"
        return content


class Handler(BaseHTTPRequestHandler):
    """Answers the few calls that a digest makes."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Pages

    def do_POST(self) -> None:
        """Answer DynamoDB's calls."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers["X-Amz-Target"].endswith(".Scan"):
            start = asked.get("ExclusiveStartKey", {"placed": {"S": "0"}})["placed"]["S"]
            content = self.server.page(
                asked["TableName"],
                asked.get("Segment", 0),
                asked.get("TotalSegments", 1),
                int(start),
            )
        else:
            content = b"{}"
        self.answer(200, content, {"x-amz-crc32": str(zlib.crc32(content))})

    def do_PUT(self) -> None:
        """Keep an object."""
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.objects[self.path] = content
        self.answer(200, b"")

    def do_GET(self) -> None:
        """Give an object, or a part of it."""
        content = self.server.objects.get(self.path.partition("?")[0])
        if content is None:
            self.answer(404, b"<Error><Code>NoSuchKey</Code><Message>no</Message></Error>")
            return
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if wanted:
            content = content[int(wanted[1]) : int(wanted[2]) + 1]
        self.answer(206 if wanted else 200, content)

    def answer(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        """Send an answer whole."""
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

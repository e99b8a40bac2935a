"""Pages for people: HTML that needs nothing else, in which every string is escaped."""

from collections.abc import Iterable, Sequence
from html import escape

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; color: #1a1a1a; }
h1 { margin-bottom: 0; } h2 { margin-top: 2.2rem; border-bottom: 1px solid #ccc; }
table { border-collapse: collapse; width: 100%; margin: .6rem 0; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border: 1px solid #ddd; }
th { background: #f4f4f4; } td { overflow-wrap: anywhere; }
td:first-child { min-width: 7rem; } .pairs th { width: 11rem; }
.PASS { color: #116329; } .FAIL, .ERROR { color: #a40e26; } .SKIPPED { color: #6a5300; }
.verdict { font-weight: 700; } .small { color: #555; font-size: 13px; }
"""


class Html(str):
    """Text that is HTML already."""


def page(title: str, parts: Iterable[str]) -> str:
    """Write a whole page of parts that are HTML already."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body></html>\n"
    )


def verdict(text: str, kind: str = "") -> Html:
    """Write a verdict in its colour; `kind` is whose colour it has, where that is another's."""
    return Html(f'<span class="verdict {escape(kind or text)}">{escape(text)}</span>')


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table; without rows it is said that there are none."""
    body = "".join(f"<tr>{''.join(f'<td>{_cell(one)}</td>' for one in row)}</tr>" for row in rows)
    if not body:
        return '<p class="small">None.</p>'
    head = "".join(f"<th>{_cell(one)}</th>" for one in headers)
    return f"<table><tr>{head}</tr>{body}</table>"


def pairs(rows: Iterable[tuple[str, str]]) -> str:
    """Write a table whose first column names what stands in the second."""
    body = "".join(f"<tr><th>{_cell(a)}</th><td>{_cell(b)}</td></tr>" for a, b in rows)
    return f'<table class="pairs">{body}</table>'


def items(texts: Iterable[str]) -> str:
    """Write a list, or nothing."""
    listed = "".join(f"<li>{_cell(text)}</li>" for text in texts)
    return f"<ul>{listed}</ul>" if listed else ""


def _cell(text: str) -> str:
    return text if isinstance(text, Html) else escape(str(text))

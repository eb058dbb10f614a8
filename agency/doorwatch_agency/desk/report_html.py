"""The pieces of a page: every text is escaped here."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from html import escape

from .stated import Parts

NOT_KNOWN = "not known"


def facts(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Write rows of a name and a value, which is escaped."""
    yield '<table class="facts"><tbody>'
    for name, value in rows:
        yield f'<tr><th scope="row">{escape(name)}</th><td>{value}</td></tr>'
    yield "</tbody></table>"


def table(
    kind: str, heads: Sequence[str], rows: Iterable[Sequence[str]]
) -> Iterator[str]:
    """Write a table of cells that are escaped."""
    yield f'<table class="{kind}"><thead><tr>'
    yield "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    yield "</tr></thead><tbody>"
    for first, *rest in rows:
        cells = "".join(f"<td>{cell}</td>" for cell in rest)
        yield f'<tr><th scope="row">{first}</th>{cells}</tr>'
    yield "</tbody></table>"


def bullets(lines: Iterable[str], otherwise: str) -> Iterator[str]:
    """Write a list of texts."""
    items = [f"<li>{escape(line)}</li>" for line in lines]
    if items:
        yield f"<ul>{''.join(items)}</ul>"
    elif otherwise:
        yield f"<p>{escape(otherwise)}</p>"


def quote(text: str | None) -> str:
    """Write a text of others in its lines."""
    if text is None:
        return '<p class="quote">None.</p>'
    return f'<blockquote class="quote">{escape(text)}</blockquote>'


def plain(part: Parts, name: str) -> str:
    """Return a text, or that it is not known."""
    return part.text(name) or NOT_KNOWN


def text(words: str | None, otherwise: str = NOT_KNOWN) -> str:
    """Write a text."""
    return escape(otherwise if words is None else words)


def code(words: str | None, otherwise: str = NOT_KNOWN) -> str:
    """Write what is to be compared or typed."""
    return escape(otherwise) if words is None else f"<code>{escape(words)}</code>"


def when(text: str | None, otherwise: str = NOT_KNOWN) -> str:
    """Write a time as people read it; the JSON has it to the millisecond."""
    if text is None:
        return escape(otherwise)
    try:
        at = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return escape(text)
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def size_of(size: float | None) -> str:
    """Write a number of bytes, in groups as no country writes them otherwise."""
    return NOT_KNOWN if size is None else f"{size:,}".replace(",", "\u202f") + " bytes"

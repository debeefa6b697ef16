"""The runbooks of rules as pages: `docs/runbooks`, put into HTML. Read once; what is in them is ours.

In a checkout they lie where they are written; in an installed package, beside its code.
"""

import re
from collections.abc import Collection, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

import collector

if TYPE_CHECKING:  # which only a page of them needs
    from markdown_it.token import Token

INDEX = "README"
SUMMARY = "요약."
"""With this in bold begins the paragraph that is Korean; all else is English."""
_PACKAGE = Path(collector.__file__).parent
_FOLDERS = (_PACKAGE / "runbooks", _PACKAGE.parent / "docs" / "runbooks")


@dataclass(frozen=True, slots=True)
class Runbook:
    """A page: its heading, and what stands below that."""

    title: Markup
    body: Markup


@cache
def runbooks() -> Mapping[str, Runbook]:
    """All of them by their rules, and the list of them as `README`."""
    folder = next((each for each in _FOLDERS if each.is_dir()), _FOLDERS[0])
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.md"))}
    return {name: runbook_of(text, texts.keys()) for name, text in texts.items()}


def runbook_of(text: str, names: Collection[str]) -> Runbook:
    """A page of Markdown. HTML in it is shown as what it is; links to other runbooks lead to their pages, and those to
    documents that no page shows are no links."""
    from markdown_it import MarkdownIt  # noqa: PLC0415  # a collector whose runbooks nobody reads does not pay for it

    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    surroundings: MutableMapping[str, Any] = {}
    tokens = markdown.parse(text, surroundings)
    for before, token, after in zip([None, *tokens], tokens, [*tokens[1:], None], strict=False):
        if token.type == "inline":
            token.children = _followable(token.children or [], names)
            _mark_korean(before, token)
        elif token.type == "heading_open" and after is not None:
            token.attrSet("id", _anchor(after))
        elif token.type == "th_open":
            token.attrSet("scope", "col")
        elif token.type in {"fence", "code_block"}:
            token.attrSet("tabindex", "0")
    title, body = _without_title(tokens)
    heading, below = (
        Markup(markdown.renderer.render(part, markdown.options, surroundings))  # noqa: S704  # HTML is off
        for part in (title, body)
    )
    return Runbook(heading, below)


def _without_title(tokens: "Sequence[Token]") -> "tuple[Sequence[Token], Sequence[Token]]":
    """What stands in the heading of the page, and all below it."""
    if tokens and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
        return tokens[1:2], tokens[3:]
    return (), tokens


def _followable(children: "Sequence[Token]", names: Collection[str]) -> "list[Token]":
    """The same, with links as pages have them."""
    kept, is_open = [], True
    for token in children:
        if token.type == "link_open":
            address = _address(str(token.attrGet("href") or ""), names)
            is_open = address is not None
            if address is not None:
                token.attrSet("href", address)
        if is_open or token.type not in {"link_open", "link_close"}:
            kept.append(token)
    return kept


def _address(target: str, names: Collection[str]) -> str | None:
    """Where a link leads on our pages; None where no page of ours has it."""
    if target.startswith(("#", "https://", "http://")):
        return target
    page, mark, anchor = target.partition("#")
    name = page.removesuffix(".md")
    if name == page or name not in names:
        return None
    return ("/runbooks" if name == INDEX else f"/runbooks/{name}") + mark + anchor


def _mark_korean(before: "Token | None", token: "Token") -> None:
    if before is not None and before.type == "paragraph_open" and token.content.startswith(f"**{SUMMARY}**"):
        before.attrSet("lang", "ko")
        before.attrSet("class", "summary")


def _anchor(heading: "Token") -> str:
    """As GitHub names headings, since links in the documents are made for that."""
    return re.sub(r"[^\w\- ]", "", heading.content.lower()).replace(" ", "-")

"""All our boards as they ought to be in a Grafana. Apart from the other rooms, since rendering is slow to load."""

from collections.abc import Iterable

from dashboards.boards import BOARDS
from dashboards.engines import Engine, Language, folder_title, folder_uid
from dashboards.pushing.boards import Folder, Wanted
from dashboards.rendering import render


def rendered(engine: Engine, languages: Iterable[Language], pages_url: str) -> tuple[Wanted, ...]:
    """Those of the languages, each language in a folder of its own. `pages_url` is where the built-in pages are."""
    return tuple(
        Wanted(
            Folder(folder_uid(engine, language), folder_title(engine, language)),
            render(board, engine, language, pages_url),
        )
        for language in languages
        for board in BOARDS
    )

"""All boards as files: for each engine and language a folder of JSON, which Grafana reads where it is provisioned from
files. `python -m dashboards` and `hangang dashboards build` call this.
"""

import json
from pathlib import Path

from dashboards.boards import BOARDS
from dashboards.engines import ENGINES, LANGUAGES
from dashboards.rendering import render

GENERATED = Path(__file__).parent / "generated"
"""Where the files lie that are part of the project; a test holds them to the boards."""
PAGES_URL = "http://localhost:8080"
"""Where the built-in pages are if nothing else is said: on the same machine, at the port that they have by default."""


def build(folder: Path, pages_url: str) -> None:
    """Write every board to `{engine}/{language}/{board}.json` in the folder, and remove the JSON there of boards that
    are no more; other files stay. Raises OSError."""
    files = board_files(pages_url)
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    for engine in ENGINES:
        for language in LANGUAGES:
            for file in (folder / engine / language).glob("*.json"):
                if file.relative_to(folder).as_posix() not in files:
                    file.unlink()


def board_files(pages_url: str) -> dict[str, str]:
    """The text of every file by its name, the same whenever it is made."""
    return {
        f"{engine}/{language}/{board.key}.json": text_of(render(board, engine, language, pages_url))
        for engine in ENGINES
        for language in LANGUAGES
        for board in BOARDS
    }


def text_of(document: dict[str, object]) -> str:
    """JSON that shows in a diff what has changed."""
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"

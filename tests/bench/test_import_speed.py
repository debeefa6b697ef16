"""How long a city's list of access points takes to become an inventory, beside reading that inventory."""

import time
from datetime import date
from pathlib import Path

import pytest
from measuring import Note

from inventory import load_inventory
from inventory.importers import importer_of
from inventory.importing.clashes import Neighbours
from inventory.importing.drafting import Drafter
from inventory.importing.generating import generated_rows
from inventory.importing.kept import Kept
from inventory.importing.planning import plan_import
from inventory.importing.sites import Parks
from inventory.importing.taxonomy import load_taxonomy
from inventory.importing.writing import digests, write_import
from inventory.reading import load_parks

LIST = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "seoul" / "seoul_public_wifi_2021-07.utf8.csv"
AS_OF = date(2021, 7, 31)
AT_MOST_OF_READING = 3.0


@pytest.mark.skipif(not LIST.is_file(), reason=f"the list is not at {LIST}")
def test_a_list_is_imported_in_a_small_multiple_of_the_time_that_reading_its_inventory_takes(
    tmp_path: Path, note: Note
) -> None:
    begun = time.process_time()
    seoul = importer_of("seoul")
    drafter = Drafter(seoul, Parks(load_parks()), load_taxonomy())
    found = plan_import(seoul.read(LIST, AS_OF), Kept("seoul"), Neighbours(), drafter=drafter, as_of=AS_OF)
    write_import(tmp_path, found, generated_rows(found.drafts, Neighbours()), before=digests(tmp_path, "seoul"))
    imported_seconds = time.process_time() - begun
    begun = time.process_time()
    assert len(load_inventory(tmp_path).access_points) == len(found.new) == 19207
    read_seconds = time.process_time() - begun
    note("import_of_19207_cpu_seconds", imported_seconds)
    note("import_to_reading_ratio", imported_seconds / read_seconds)
    assert imported_seconds < AT_MOST_OF_READING * read_seconds

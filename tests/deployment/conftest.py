"""What the tests of deploy/compose share."""

from pathlib import Path

import pytest
from compose_file import prepare


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which prepare.sh has made what it makes for a host."""
    folder = tmp_path_factory.mktemp("compose")
    prepare(folder, "--host", "wifi.test", "--webhook", "https://ops.test/alerts")
    return folder

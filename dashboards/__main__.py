"""Makes the boards' files of this project anew: `python -m dashboards`."""

from dashboards.building import GENERATED, PAGES_URL, build

build(GENERATED, PAGES_URL)

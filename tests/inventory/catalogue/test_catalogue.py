"""Catalogue files: what is wrong with them, which model a device is, and the files that the project has."""

from pathlib import Path

import pytest

from agent.settings import SettingsError
from inventory.catalogue import Catalogue, Confidence, load_catalogue
from inventory.catalogue.checking import conflicts, gaps, impossible, unconfirmed

FILE = """
vendor = "Acme"
reported_as = ["ACME Inc."]

[sources.sheet]
kind = "vendor"
title = "Data sheet of the A-1"
url = "https://example.test/a-1"
published = "2020-03"
read_on = 2026-11-28

[[models]]
model = "A-1"
reported_as = ["AIR-A1?-K9"]

[models.says.sheet]
placement = "outdoor"
radios."2.4" = { standard = "802.11n", streams = 2, width_mhz = 20 }
radios."5" = { standard = "802.11ac", streams = 4, width_mhz = 80 }
uplink_bits_per_second = [1_000_000_000]
poe = "802.3at"
end_of_support = "2024-10-31"

[[models]]
model = "A-6E"

[models.says.sheet]
radios."5" = { standard = "802.11ax", streams = 4, width_mhz = 80 }
radios."6" = { standard = "802.11ax", streams = 4 }

[models.says.unconfirmed]
radios."6" = { width_mhz = 160 }
"""


def catalogue_of(folder: Path, text: str = FILE, **others: str) -> Catalogue:
    (folder / "acme.toml").write_text(text, encoding="utf-8")
    for name, other in others.items():
        (folder / f"{name}.toml").write_text(other, encoding="utf-8")
    return load_catalogue(folder)


def test_what_a_model_can_do_is_computed(tmp_path: Path) -> None:
    old, new = catalogue_of(tmp_path).models
    assert old.generation is not None
    assert (old.generation.value, old.generation.confidence) == ("5", Confidence.CONFIRMED)
    assert old.capacity_bits_per_second == pytest.approx(144.4e6 + 1733.3e6, rel=1e-3)
    assert old.end_of_support is not None
    assert str(old.end_of_support.value) == "2024-10-31"
    assert new.generation is not None
    assert new.generation.value == "6E"
    assert new.radios["6"].confidence is Confidence.UNCONFIRMED
    assert new.radios["5"].confidence is Confidence.CONFIRMED
    assert new.capacity_bits_per_second == pytest.approx(2401.96e6 + 4803.9e6, rel=1e-4)


def test_a_radio_of_which_something_is_missing_has_no_rate_and_neither_has_its_model(tmp_path: Path) -> None:
    model = catalogue_of(tmp_path, FILE.replace('standard = "802.11ac", streams = 4', "streams = 4")).models[0]
    assert model.radios["5"].peak_phy_rate_bits_per_second is None
    assert model.capacity_bits_per_second is None


def test_radios_of_several_sources_that_do_not_go_together_have_no_rate_and_are_told(tmp_path: Path) -> None:
    text = FILE.replace('radios."6" = { width_mhz = 160 }', 'radios."6" = { width_mhz = 320 }')
    model = catalogue_of(tmp_path, text).models[1]
    assert list(impossible(model)) == ["6"]
    assert model.capacity_bits_per_second is None


def generation_of(folder: Path, *lines: str) -> tuple[str, Confidence] | None:
    """Of a model with what is said in these lines."""
    head = FILE[: FILE.index("[[models]]")]
    model = catalogue_of(folder, "\n".join([head, '[[models]]\nmodel = "M"', *lines])).models[0]
    return None if model.generation is None else (model.generation.value, model.generation.confidence)


def test_a_radio_of_unknown_standard_may_be_the_newest(tmp_path: Path) -> None:
    half = ('says.sheet.radios."2.4" = { standard = "802.11n" }', 'says.sheet.radios."5" = { streams = 4 }')
    assert generation_of(tmp_path, *half) is None
    whole = ('says.sheet.radios."5" = { standard = "802.11ax" }', 'says.unconfirmed.radios."6" = { width_mhz = 160 }')
    assert generation_of(tmp_path, *whole) is None


def test_the_generation_is_as_sure_as_the_least_sure_of_the_radios(tmp_path: Path) -> None:
    lines = (
        'says.sheet.radios."5" = { standard = "802.11ax" }',
        'says.unconfirmed.radios."6" = { standard = "802.11ax" }',
    )
    assert generation_of(tmp_path, *lines) == ("6E", Confidence.UNCONFIRMED)


def test_what_the_radios_make_certain_is_not_hidden_by_a_guess(tmp_path: Path) -> None:
    lines = ('says.unconfirmed.generation = "5"', 'says.sheet.radios."5" = { standard = "802.11ax" }')
    assert generation_of(tmp_path, *lines) == ("6", Confidence.CONFIRMED)


def test_an_exact_name_of_another_vendor_does_not_hide_a_pattern(tmp_path: Path) -> None:
    other = FILE.replace("Acme", "Zeta").replace("ACME", "ZETA").replace("AIR-A1?-K9", "AIR-A1E-K9")
    found = catalogue_of(tmp_path, zeta=other).find("Acme", "AIR-A1E-K9")
    assert found is not None
    assert found.key == "Acme A-1"


def test_conflicts_and_gaps_are_told(tmp_path: Path) -> None:
    text = (
        FILE
        + """
placement = "outdoor"
generation = "5"
[[models]]
model = "A-9"
says.sheet.placement = "indoor"
says.unconfirmed.placement = "outdoor"
"""
    )
    told, radios, other = catalogue_of(tmp_path, text).models
    assert list(conflicts(told)) == []
    assert [conflict.name for conflict in conflicts(radios)] == ["generation of the radios"]
    (conflict,) = conflicts(other)
    assert (conflict.name, conflict.taken.value) == ("placement", "indoor")
    assert [(each.value, each.source) for each in conflict.taken.others] == [("outdoor", "unconfirmed")]
    assert list(gaps(told)) == ["released", "end_of_sale"]
    assert list(unconfirmed(radios)) == ["generation", "placement", "radios.6.width_mhz"]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """That of the project."""
    return load_catalogue()


def test_the_files_of_the_project_are_of_use(catalogue: Catalogue) -> None:
    models = catalogue.models
    known = [model for model in models if model.generation is not None and model.generation.closes_gates]
    assert len(known) >= 80
    assert not any(list(impossible(model)) for model in models)
    assert len({model.key for model in models}) == len(models)


@pytest.mark.parametrize(
    ("vendor", "reported", "model"),
    [
        ("Aruba", "225", "AP-225"),
        ("Ubiquiti", "U7PG2", "UAP-AC-PRO"),
        ("Cisco", "C9120AXI-K", "Catalyst 9120AX"),
        ("Cisco", "AIR-AP3802I-K-K9", "Aironet 3802"),
        ("Ruckus", "R750", "R750"),
        ("Fortinet", "FAP231F", "FAP-231F"),
        ("Meraki", "MR36-HW", "MR36"),
    ],
)
def test_devices_are_found_by_what_they_report(catalogue: Catalogue, vendor: str, reported: str, model: str) -> None:
    found = catalogue.find(vendor, reported)
    assert found is not None
    assert found.model == model


@pytest.mark.parametrize(
    ("vendor", "name", "found"),
    [
        ("Acme", "A-1", "A-1"),
        ("acme inc", "a1", "A-1"),
        (None, "A-1", "A-1"),
        ("Acme", "AIR-A1E-K9", "A-1"),
        ("Acme", "AIR-A1-K9", None),
        ("Acme", "A-2", None),
        ("Other", "A-1", None),
        ("Acme", None, None),
        ("Acme", "", None),
    ],
)
def test_a_device_is_found_by_what_it_calls_itself(
    tmp_path: Path, vendor: str | None, name: str | None, found: str | None
) -> None:
    model = catalogue_of(tmp_path).find(vendor, name)
    assert (model.model if model else None) == found


def test_a_name_that_two_vendors_have_needs_the_vendor(tmp_path: Path) -> None:
    catalogue = catalogue_of(tmp_path, zeta=FILE.replace("Acme", "Zeta").replace("ACME", "ZETA"))
    assert catalogue.find(None, "A-1") is None
    found = catalogue.find("Zeta", "A-1")
    assert found is not None
    assert found.key == "Zeta A-1"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("says.sheet]\nplacement", "says.leaflet]\nplacement", "says.leaflet: there is no source 'leaflet'"),
        ("[sources.sheet]", "[sources.unconfirmed]", "sources.unconfirmed: is the name of values without a source"),
        ('"802.11n", streams = 2', '"802.11n", streams = 5', "802.11n has no streams 5; it has 1, 2, 3, 4"),
        ('"802.11n", streams = 2', '"802.11n", streams = "x"', "radios.2.4.streams"),
        ('"2024-10-31"', '"soon"', "end_of_support: is no date; write 2019"),
        ('model = "A-6E"', 'model = "A-1"', "models[1]: the name 'a1' stands for A-1 already"),
        ("https://example", "ftp://example", "sources.sheet.url"),
        ('poe = "802.3at"', 'poe = "802.3xx"', "poe"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in FILE
    with pytest.raises(SettingsError) as caught:
        catalogue_of(tmp_path, FILE.replace(old, new))
    assert told in str(caught.value)

"""By which configuration an archive is restored: one that is there already, or the archive's own, which is put there
together with the files that it names."""

from pathlib import Path

from collector.backup.configuration import named_files
from collector.backup.folders import is_there
from collector.backup.placing import Placing
from collector.backup.reading import Checked, Content, read
from collector.backup.rooms import keep
from collector.backup.saving import CONFIGURATION
from collector.config import WithDuckDB, WithInflux, load_settings


def configured(archive: Path, configuration: Path, checked: Checked, placing: Placing) -> WithDuckDB | WithInflux:
    """The settings to restore by. Raises BackupError and SettingsError."""
    if not is_there(configuration):
        placed = _place(archive, configuration, checked, placing)
        settings = load_settings(configuration)
        for path in placed:
            if path.is_relative_to(settings.enrolment_folder) or path.is_relative_to(settings.broker_folder):
                placing.take_back(path)  # it comes with the folder
        return settings
    return load_settings(configuration, has_certificates=False)  # those of an enrolment come with its folder


def _place(archive: Path, configuration: Path, checked: Checked, placing: Placing) -> list[Path]:
    """Put the configuration there, and what it names where nothing is; the files that are there now because of it."""
    staged = placing.beside(configuration)
    missing: dict[str, Path] = {}
    found: dict[Path, Path] = {}

    def take(name: str, content: Content) -> None:
        room, _, key = name.partition("/")
        if name == CONFIGURATION:
            keep(content, staged)
            missing.update({file.key: file.path for file in named_files(staged) if not is_there(file.path)})
        elif room == "keys" and key in missing and missing[key] not in found:
            found[missing[key]] = placing.beside(missing[key])
            keep(content, found[missing[key]])

    read(archive, checked, take)
    placing.put(staged, configuration)
    for path, beside in found.items():
        placing.put(beside, path)
    return [*found]

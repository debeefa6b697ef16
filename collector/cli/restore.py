"""`hangang restore`: puts an archive of `hangang backup` back, whole or not at all. The collector does not run then."""

import argparse
from pathlib import Path

from collector.cli.asking import fetch
from collector.cli.backup import add_language, end_on_signals
from collector.cli.backup_words import error_told, restored_told
from collector.config import load_settings
from collector.main import CollectorError
from collector.state.migrations import HEAD


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("restore", help="put an archive of `hangang backup` back")
    parser.add_argument("--from", type=Path, required=True, dest="archive", metavar="FILE", help="the archive")
    parser.add_argument(
        "--config",
        type=Path,
        required=True,
        metavar="FILE",
        help="the collector's, which says where to; where none is, the archive's own is put there",
    )
    parser.add_argument("--victoria-data", type=Path, metavar="FOLDER", help="to be VictoriaMetrics' -storageDataPath")
    parser.add_argument("--force", action="store_true", help="also where something is, which is kept beside it")
    add_language(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Do it. Raises SettingsError and CollectorError."""
    from collector.backup.folders import is_there  # noqa: PLC0415  # few commands need it
    from collector.backup.problems import BackupError  # noqa: PLC0415  # likewise
    from collector.backup.restoring import restore  # noqa: PLC0415  # likewise
    from collector.backup.targets import Wishes  # noqa: PLC0415  # likewise

    end_on_signals(options.lang)
    try:
        if is_there(options.config):
            _refuse_where_one_runs(options.config)
        wishes = Wishes(is_forced=options.force, victoria_data=options.victoria_data)
        restored = restore(options.archive, options.config, wishes)
    except BackupError as error:
        raise CollectorError(error_told(options.lang, error)) from error
    print(restored_told(options.lang, options.config, restored, HEAD))
    return 0


def _refuse_where_one_runs(configuration: Path) -> None:
    """Raises BackupError where a collector answers with the key that lies in this configuration's data folder."""
    from collector.backup.problems import BackupError  # noqa: PLC0415  # few commands need it

    settings = load_settings(configuration, has_certificates=False)
    try:
        fetch(settings, "/api/v1/account")
    except CollectorError:
        return
    raise BackupError("running", path=settings.collector.data)

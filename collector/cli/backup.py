"""`hangang backup`: all that a collector keeps, in one archive; and whether an archive is whole."""

import argparse
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO

from collector.cli.answers import terminal_language
from collector.cli.asking import opened
from collector.cli.backup_phrases import phrase
from collector.cli.backup_words import checked_told, error_told, saved_told
from collector.config import load_settings
from collector.main import CollectorError

_ANSWERS_WITHIN_SECONDS = 120.0
"""Of each part: the collector reads one row group at a time, and has other things to do."""
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("backup", help="put all that the collector keeps into one archive, while it runs")
    parser.add_argument("--config", type=Path, metavar="FILE", help="the collector's")
    parser.add_argument("--to", type=_archive, metavar="FILE", help="the archive: .tar, .tar.gz or .tar.zst")
    parser.add_argument("--without-keys", action="store_true", help="leave keys, passwords and tokens out")
    parser.add_argument("--without-points", action="store_true", help="leave the points out: the engine backs them up")
    parser.add_argument("--victoria-data", type=Path, metavar="FOLDER", help="the -storageDataPath of VictoriaMetrics")
    parser.add_argument(
        "--victoria-key-file", type=Path, metavar="FILE", help="holds its -snapshotAuthKey, if it has one"
    )
    parser.add_argument("--verify", type=Path, metavar="FILE", help="only tell whether this archive is whole")
    add_language(parser)
    parser.set_defaults(run=run, usage_error=parser.error)


def add_language(parser: argparse.ArgumentParser) -> None:
    """In which language it is told; that of `hangang restore` as well."""
    parser.add_argument("--lang", choices=["ko", "en"], default=terminal_language(), help="as the terminal's")


def run(options: argparse.Namespace) -> int:
    """Do it. Raises SettingsError and CollectorError."""
    is_complete = options.config is not None and options.to is not None
    if (options.verify is None) != is_complete:
        options.usage_error("say --config and --to to make an archive, or --verify to look at one")
    from collector.backup.problems import BackupError  # noqa: PLC0415  # few commands need it

    end_on_signals(options.lang)
    try:
        return _save(options) if is_complete else _verify(options)
    except BackupError as error:
        raise CollectorError(error_told(options.lang, error)) from error


def end_on_signals(language: str) -> None:
    """What is broken off has failed, and clears away what it has begun; nothing breaks that off in its turn. A terminal
    that goes away does so too, unless it was told not to, as by nohup."""

    def end(*_: object) -> None:
        for number in _ENDING:
            signal.signal(number, signal.SIG_IGN)
        with suppress(OSError):  # the terminal may be gone
            print(f"hangang: {phrase(language, 'broken_off')}", file=sys.stderr)
        sys.exit(1)

    for number in _ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, end)


def _save(options: argparse.Namespace) -> int:
    from collector.backup.pieces import PATH  # noqa: PLC0415  # few commands need it
    from collector.backup.saving import Wanted, save  # noqa: PLC0415  # likewise

    settings = load_settings(options.config)

    @contextmanager
    def ask_collector() -> Iterator[IO[bytes]]:
        with ExitStack() as stack:
            try:
                stream = stack.enter_context(opened(settings, PATH, timeout_seconds=_ANSWERS_WITHIN_SECONDS))
            except CollectorError as error:
                raise CollectorError(phrase(options.lang, "asked_in_vain", why=error)) from error
            yield stream

    wanted = Wanted(
        settings=settings,
        configuration=options.config,
        to=options.to,
        has_keys=not options.without_keys,
        has_points=not options.without_points,
        victoria_data=options.victoria_data,
        victoria_key_file=options.victoria_key_file,
    )
    about = save(wanted, ask_collector)
    print(saved_told(options.lang, options.to, options.to.stat().st_size, about))
    return 0


def _verify(options: argparse.Namespace) -> int:
    from collector.backup.reading import check  # noqa: PLC0415  # few commands need it

    print(checked_told(options.lang, options.verify, check(options.verify)))
    return 0


def _archive(text: str) -> Path:
    if not text.endswith((".tar", ".tar.gz", ".tar.zst")):
        raise argparse.ArgumentTypeError("is to end in .tar, .tar.gz or .tar.zst")
    return Path(text)

"""`hangang inventory`: what the city has. Here the catalogue of models; lists of access points are in `importing`."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from collector.cli import importing
from inventory.catalogue import Catalogue, CatalogueModel, Confidence, Value, load_catalogue
from inventory.catalogue.checking import conflicts, gaps, impossible, unconfirmed

_NOT_KNOWN = "-"


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group to the command line."""
    parser = commands.add_parser("inventory", help="lists of access points, and the models that they can be")
    parts = parser.add_subparsers(dest="part", required=True, metavar="ACTION")
    importing.add_to(parts)
    catalogue = parts.add_parser(
        "catalogue",
        help="what each model can do, who says so, and how sure that is",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = catalogue.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = _add_action(actions, "list", "the models with what each can do", _list)
    showing = _add_action(actions, "show", "one model with the source of each value", _show)
    showing.add_argument("vendor", metavar="VENDOR")
    showing.add_argument("model", metavar="MODEL", help="its name, or what a device reports itself as")
    checking = _add_action(actions, "check", "where sources disagree, and what is not known", _check)
    checking.add_argument("--vendor", help="the models of this vendor alone")
    checking.add_argument("--json", action="store_true", help="as a JSON document")
    catalogue.epilog = "\n".join(action.format_usage() for action in (listing, showing, checking))


def _add_action(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    what: str,
    action: Callable[[Catalogue, argparse.Namespace], int],
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=what)
    parser.set_defaults(run=run, act=action)
    return parser


def run(options: argparse.Namespace) -> int:
    """Do what is asked for; 1 where there is no such model or vendor. Raises SettingsError for a file with mistakes."""
    code: int = options.act(load_catalogue(), options)
    return code


def _list(catalogue: Catalogue, _: argparse.Namespace) -> int:
    header = ("VENDOR", "MODEL", "WI-FI", "PLACED", "PEAK PHY", "UPLINK", "POWER", "END OF SUPPORT")
    _print_columns([header, *(_summary(model) for model in catalogue.models)])
    print("\n? unconfirmed: no source can be named   ! disputed: sources of equal standing disagree")
    return 0


def _summary(model: CatalogueModel) -> tuple[str, ...]:
    capacity, uplink = model.capacity_bits_per_second, model.uplink_bits_per_second
    return (
        model.vendor,
        model.model,
        _marked(model.generation),
        _marked(model.placement),
        _NOT_KNOWN if capacity is None else f"{_rate(capacity)}{_mark(_least_sure(model))}",
        _NOT_KNOWN if uplink is None else f"{_rate(max(uplink.value))}{_mark(uplink.confidence)}",
        _marked(model.poe),
        _marked(model.end_of_support),
    )


def _least_sure(model: CatalogueModel) -> Confidence:
    order = list(Confidence)
    return max((radio.confidence or Confidence.UNCONFIRMED for radio in model.radios.values()), key=order.index)


def _show(catalogue: Catalogue, options: argparse.Namespace) -> int:
    model = catalogue.find(options.vendor, options.model)
    if model is None:
        print(f"hangang: the catalogue has no {options.vendor} {options.model}; see the list", file=sys.stderr)
        return 1
    print(model.key)
    for name in (*sorted(model.values),):
        value = model.values[name]
        print(f"\n{name}: {_plain(value.value)}   {value.confidence}")
        for source in value.sources:
            print(f"  {_source(catalogue, model, source)}")
        for other in value.others:
            print(f"  against it, {_plain(other.value)}: {_source(catalogue, model, other.source)}")
    for band, radio in model.radios.items():
        if radio.peak_phy_rate_bits_per_second is not None:
            print(f"\npeak PHY rate at {band} GHz: {_rate(radio.peak_phy_rate_bits_per_second)}   computed")
    print(f"\nnot known: {', '.join(gaps(model)) or 'nothing that is asked for'}")
    return 0


def _source(catalogue: Catalogue, model: CatalogueModel, name: str) -> str:
    source = catalogue.sources.get((model.vendor, name))
    if source is None:
        return "nobody who can be named"
    published = f", of {source.published}" if source.published is not None else ""
    return f"{source.title} ({source.kind}{published}, read on {source.read_on}) {source.url}"


def _check(catalogue: Catalogue, options: argparse.Namespace) -> int:
    models = [model for model in catalogue.models if options.vendor in (None, model.vendor)]
    if not models:
        vendors = ", ".join(sorted({model.vendor for model in catalogue.models}))
        print(f"hangang: the catalogue has no vendor {options.vendor!r}; it has {vendors}", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps([_document(model) for model in models], indent=2, ensure_ascii=False))
        return 0
    rows = [("MODEL", "OF", "TAKEN", "BY", "ALSO SAID")]
    for model in models:
        for conflict in conflicts(model):
            others = ", ".join(f"{_plain(other.value)} ({other.source})" for other in conflict.taken.others)
            by = ", ".join(conflict.taken.sources)
            rows.append((model.key, conflict.name, _plain(conflict.taken.value), by, others or "what is stated"))
    print(f"Conflicts: {len(rows) - 1}")
    if len(rows) > 1:
        _print_columns(rows)
    lacking = [(model, list(gaps(model))) for model in models]
    print(f"\nGaps: {sum(bool(names) for _, names in lacking)} of {len(models)} models")
    _print_columns([(model.key, ", ".join(names)) for model, names in lacking if names])
    wrong = [(model.key, f"{', '.join(bands)} GHz") for model in models if (bands := list(impossible(model)))]
    print(f"\nRadios whose standard, streams and width do not go together: {len(wrong)}")
    _print_columns(wrong)
    guessed = [(model.key, ", ".join(unconfirmed(model))) for model in models if any(unconfirmed(model))]
    print(f"\nUnconfirmed, for nobody can be named who says so: {len(guessed)} models")
    _print_columns(guessed)
    counts = Counter(value.confidence for model in models for value in model.values.values())
    print(f"\n{len(models)} models, {sum(counts.values())} values: " + _counted(counts))
    return 0


def _document(model: CatalogueModel) -> dict[str, Any]:
    found = list(conflicts(model))
    return {
        "vendor": model.vendor,
        "model": model.model,
        "conflicts": [
            {
                "of": conflict.name,
                "taken": _plain(conflict.taken.value),
                "by": list(conflict.taken.sources),
                "others": {other.source: _plain(other.value) for other in conflict.taken.others},
            }
            for conflict in found
        ],
        "gaps": list(gaps(model)),
        "impossible": list(impossible(model)),
        "unconfirmed": list(unconfirmed(model)),
    }


def _counted(counts: Counter[Confidence]) -> str:
    return ", ".join(f"{counts[confidence]} {confidence}" for confidence in Confidence if counts[confidence])


def _marked(value: Value[Any] | None) -> str:
    return _NOT_KNOWN if value is None else f"{_plain(value.value)}{_mark(value.confidence)}"


def _mark(confidence: Confidence) -> str:
    return {Confidence.UNCONFIRMED: " ?", Confidence.DISPUTED: " !"}.get(confidence, "")


def _plain(value: object) -> str:
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return " + ".join(_rate(each) for each in value)
    return str(value)


def _rate(bits_per_second: float) -> str:
    if bits_per_second >= 1e9:
        return f"{bits_per_second / 1e9:.3g} Gb/s"
    return f"{bits_per_second / 1e6:.3g} Mb/s"


def _print_columns(rows: Iterable[Sequence[str]]) -> None:
    table = list(rows)
    if not table:
        return
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    for row in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())

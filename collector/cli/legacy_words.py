"""What `hangang legacy` prints for people: tables and sentences of the API's answers. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from collector.cli.terminal import columns, printable
from collector.korean_time import KST
from collector.quantities import humanise_rate

_UNKNOWN = "-"
_HEADER = ("RANK", "ACCESS POINT", "SITE", "DEVICE", "WI-FI", "NEED", "BENEFIT", "WEIGHT", "SCORE", "DUE", "WHY")
_VERDICT_OF = {"passive": "what flowed", "active": "what tests moved"}
_WITHOUT_CAUSE = {False: ": none, all that is needed was ruled out", None: ": none found, but not all was ruled out"}
Told = Mapping[str, Any]


def listed(answer: Told, language: str) -> str:
    """Places as a table, and how many there are of each standing."""
    places = answer["places"]
    lines = [_heading(answer)]
    if places:
        lines += ["", columns([_HEADER, *(_row(place, language) for place in places)])]
    if answer["total"] > len(places):
        lines += ["", f"{answer['total'] - len(places)} more; --limit shows more of them"]
    return "\n".join(lines)


def planned(answer: Told, language: str) -> str:
    """The places that a budget reaches, what to order for them, what else must change, and what is to be mended."""
    places: Sequence[Told] = answer["places"]
    orders = Counter(_name_of(place["fits"][0]) if place["fits"] else "no model keeps the promise" for place in places)
    changes = Counter(change for place in places if place["fits"] for change in place["fits"][0]["changes"])
    unsure = sum(bool(place["fits"] and place["fits"][0]["unknowns"]) for place in places)
    lines = [listed(answer, language), "", f"To order for {len(places)} places:"]
    lines += [f"  {count:>5} x {printable(model)}" for model, count in orders.most_common()]
    if changes:
        lines.append("Beside the devices:")
        lines += [f"  {count:>5} x {change.replace('_', ' ')}" for change, count in changes.most_common()]
    if unsure:
        lines.append(f"At {unsure} of them something is to be looked at before the order; `explain` says what.")
    mend = answer["counts"]["mend"]
    if mend:
        lines.append(f"Not on the list, but to be mended: {mend} places (`hangang legacy list --standing mend`).")
    return "\n".join(lines)


def explained(answer: Told, language: str) -> str:
    """All that is judged of one place."""
    return "\n".join([_judged(answer["run"]), "", *_explained(answer["place"], language)])


def verified(answer: Told, language: str) -> str:
    """The verdicts, and what they stand on."""
    works = f"{_day(answer['works_start'])} to {_last_day(answer['works_end'])}"
    lines = [f"works from {works}, {answer['days']} days measured on each side"]
    for name, words in _VERDICT_OF.items():
        found = answer[name]
        lines += ["", f"{words}: {found['verdict']}"]
        if found["ratio"] is not None:
            interval = f"95% interval {found['low']:.2f} to {found['high']:.2f}"
            lines.append(f"  {found['ratio']:.2f} times as fast as without the works, {interval}")
        lines.append(f"  {found['replaced']} replaced places, {found['controls']} that kept their devices")
        if found["replaced_left_out"]:
            lines.append(
                f"  {found['replaced_left_out']} more replaced places are left out: too little is known of them"
            )
        if found["reason"]:
            lines.append(f"  {found['reason'][language]}")
    phy = answer["phy"]
    ratio = "" if phy["ratio"] is None else f", {phy['ratio']:.2f} times on the mean"
    lines += ["", f"what the radios can: {phy['reached']} of {phy['known']} places reach four times{ratio}"]
    if phy["unconfirmed"]:
        lines.append(f"  at {phy['unconfirmed']} of them by values without a source")
    if answer["disturbed"]:
        lines += ["", f"{answer['disturbed']} places count on no side: their devices changed while they were measured"]
    return "\n".join(lines)


def _heading(answer: Told) -> str:
    counts = ", ".join(f"{standing} {count}" for standing, count in answer["counts"].items())
    return f"{_judged(answer['run'])}\n{counts}"


def _judged(run: Told) -> str:
    at = datetime.fromisoformat(run["assessed_at"]).astimezone(KST)
    return f"judged {at:%Y-%m-%d %H:%M} KST, by the days from {_day(run['since'])} to {_last_day(run['until'])}"


def _row(place: Told, language: str) -> tuple[str, ...]:
    score, device = place["score"], place["device"]
    site = place["site"]["name_ko"] if language == "ko" else place["site"]["name_en"] or place["site"]["name_ko"]
    factors = (_number(score[name]["value"]) for name in ("need", "benefit", "weight"))
    due = ", ".join(gate["name"].replace("_", " ") for gate in place["gates"] if gate["state"] == "closed")
    return (
        _number(place["rank"]),
        place["access_point"],
        printable(site),
        printable(device["catalogue_model"] or device["model"] or _UNKNOWN),
        device["generation"] or (f"{device['generation_at_least']}+" if device["generation_at_least"] else _UNKNOWN),
        *factors,
        _UNKNOWN if score["number"] is None else f"{score['number']:.1f}",
        due or _UNKNOWN,
        printable(_why(place, language)),
    )


def _why(place: Told, language: str) -> str:
    """The first thing to say: what is to be mended, else what its need comes from most, else what is missing."""
    for cause in place["causes"]:
        for each in cause["reasons"]:
            return str(each[language])
    known = [part for part in place["score"]["need"]["parts"] if part["value"] is not None]
    if known:
        return str(max(known, key=lambda part: part["value"] * part["weight"])["reason"][language])
    return next((str(each[language]) for each in place["missing"]), "")


def _explained(place: Told, language: str) -> Iterator[str]:
    device, score = place["device"], place["score"]
    rank = "" if place["rank"] is None else f", number {place['rank']} on the list"
    yield f"{place['access_point']}: {place['standing']}{rank}"
    yield f"  device      {printable(device['vendor'] or _UNKNOWN)} {printable(device['model'] or _UNKNOWN)}"
    yield f"  catalogue   {device['catalogue_model'] or _UNKNOWN}"
    proven = f", proven by the {device['generation_proven_by']}" if device["generation_proven_by"] else ""
    yield f"  generation  {device['generation'] or _UNKNOWN}{proven}"
    if place["capacity"] is not None:
        capacity = place["capacity"]
        rate = humanise_rate(capacity["bits_per_second"])
        when = " once its slow uplink is mended" if capacity["is_uplink_mended"] else ""
        yield f"  can carry   {rate}{when}, limited by its {capacity['limited_by']}"
        yield "              four times is measured against this"
    yield "gates"
    for gate in place["gates"]:
        yield f"  {gate['name']:<20} {gate['state']:<13} {gate['reason'][language]}"
    yield f"causes to be mended{'' if place['causes'] else _WITHOUT_CAUSE[place['is_device_cleared']]}"
    for cause in place["causes"]:
        yield from (f"  {cause['cause']:<20} {printable(each[language])}" for each in cause["reasons"])
    yield from (f"  not known: {each[language]}" for each in place["missing"])
    yield from _scored(score, language)
    yield f"models that keep the promise there: {place['fits_in_all']}"
    for fit in place["fits"]:
        with_changes = ", ".join(change.replace("_", " ") for change in fit["changes"]) or "nothing else"
        unsure = "" if fit["is_confirmed"] else ", some values without a source"
        times = f"{fit['ratio_now']:.1f} times now, {fit['ratio_changed']:.1f} with changes"
        yield f"  {printable(_name_of(fit)):<40} {times}; to change: {with_changes}{unsure}"


def _scored(score: Told, language: str) -> Iterator[str]:
    number = _UNKNOWN if score["number"] is None else f"{score['number']:.3g}"
    yield f"score {number}" + (f"   {score['formula']}" if score["formula"] else "")
    for name in ("need", "benefit", "weight"):
        factor = score[name]
        yield f"  {name:<8} {_number(factor['value'])}" + (f"   {factor['formula']}" if factor["formula"] else "")
        for part in factor["parts"]:
            yield f"    {part['name']:<9} {_number(part['value']):<6} {printable(part['reason'][language])}"
        yield from (f"    {printable(each[language])}" for each in factor["reasons"])


def _name_of(fit: Told) -> str:
    return f"{fit['vendor']} {fit['model']}"


def _number(value: float | None) -> str:
    return _UNKNOWN if value is None else f"{value:g}"


def _day(instant: str) -> str:
    return f"{datetime.fromisoformat(instant).astimezone(KST):%Y-%m-%d}"


def _last_day(end: str) -> str:
    """The last day before an end that does not belong to it any more, as pages and files have it."""
    return f"{datetime.fromisoformat(end).astimezone(KST) - timedelta(microseconds=1):%Y-%m-%d}"

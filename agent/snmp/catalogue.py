"""The profiles as a document: `make reference` writes it to docs/profiles.md, and a test holds the file to it."""

from collections.abc import Iterator

from agent.snmp.profile import Fields, Match, Profile
from agent.snmp.profiles import known_profiles, load_profile

_INTRODUCTION = """# Vendor profiles

What the source [`snmp`](snmp.md) knows of vendors: for each profile the devices it is for, how they are recognised, and
the fields of a [Report](wire.md#report) that it fills where the device tells them. Made from the files in
`agent/snmp/profiles/` by `make reference`.

"""


def catalogue() -> str:
    """The whole document, in Markdown."""
    profiles = [load_profile(name) for name in known_profiles()]
    return _INTRODUCTION + "\n".join(_overview(profiles)) + "\n\n" + "\n\n".join(map(_section, profiles)) + "\n"


def _overview(profiles: list[Profile]) -> Iterator[str]:
    yield "| profile | devices | a device is |"
    yield "|---|---|---|"
    for profile in profiles:
        yield f"| [`{profile.name}`](#{profile.name}) | {profile.title} | {profile.describes.replace('_', ' ')} |"


def _section(profile: Profile) -> str:
    lines = [f"## `{profile.name}`", "", f"{profile.title}.", ""]
    if profile.match:
        lines += ["Recognised by:", "", *(f"- {_recognised(match)}" for match in profile.match), ""]
    else:
        lines += ["For what no other profile is for.", ""]
    lines += ["| part of the report | fields |", "|---|---|"]
    lines += [f"| {part} | {', '.join(f'`{name}`' for name in names)} |" for part, names in _parts(profile) if names]
    return "\n".join(lines)


def _recognised(match: Match) -> str:
    told = []
    if match.object_id is not None:
        told.append(f"sysObjectID below `{match.object_id}`")
    if match.description is not None:
        pattern = match.description.replace("|", "\\|")
        told.append(f"sysDescr like `{pattern}`")
    if match.has:
        told.append("an object " + " or ".join(f"`{oid}`" for oid in match.has))
    return ", and ".join(told)


def _parts(profile: Profile) -> Iterator[tuple[str, list[str]]]:
    whole = {"controller": "the controller itself: ", "cluster": "the device that answers: "}.get(profile.describes, "")
    yield f"{whole}report", _names(profile.report)
    yield f"{whole}`device`", _names(profile.device, *(["vendor"] if profile.vendor else []))
    yield f"{whole}`system`", _names(profile.system)
    if profile.interfaces is not None:
        yield f"{whole}`uplink`, `interfaces`", _names(profile.interfaces.fields)
    if profile.access_points is not None:
        of = profile.access_points
        yield "each access point: report", _names(of.report)
        yield "each access point: `device`", _names(of.device, *(["vendor"] if profile.vendor else []))
        yield "each access point: `system`", _names(of.system)
        yield "each access point: `uplink`", _names(of.uplink)
    yield "`radios`", sorted({name for rows in profile.radios for name in rows.fields})
    yield "`ssids`", sorted({name for rows in profile.ssids for name in rows.fields})


def _names(fields: Fields, *more: str) -> list[str]:
    return sorted({*fields, *more})


if __name__ == "__main__":
    print(catalogue(), end="")

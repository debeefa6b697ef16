"""The agents that the load generators play: their names, and the inventory that knows them."""

from dataclasses import dataclass
from pathlib import Path

_PLACES_OF_A_SITE = 114
"""Yeouido's number."""
THRESHOLDS = """
[alerts.rules.airtime_high]
raise_above_ratio = 0.88
clear_below_ratio = 0.87
[alerts.rules.clients_over_capacity]
raise_above_clients = 58
clear_below_clients = 57
"""
"""For the configuration of a collector that judges this fleet. Its loads are drawn anew with every report: under the
usual thresholds half a city would be about to raise an alert, another half each minute. So it is two in a hundred."""


@dataclass(frozen=True, slots=True)
class BenchFleet:
    """So many agents, each of which tells of so many access points in every frame. `name` begins all their names."""

    agents: int
    reports_per_frame: int = 1
    name: str = "bench"

    def agent(self, number: int) -> str:
        """An agent's name; numbers begin at 0."""
        return f"{self.name}-{number + 1:05}"

    def number_of(self, topic: bytes) -> int | None:
        """Whose `wifi/v1/{agent}/ack` this is; None where it is no agent's of this fleet."""
        if not topic.startswith(b"wifi/v1/%b-" % self.name.encode()):
            return None
        return int(topic[-len(b"00001/ack") : -len(b"/ack")]) - 1

    def access_points_of(self, number: int) -> list[str]:
        """An agent that tells of one place is on it, and has its name."""
        agent = self.agent(number)
        if self.reports_per_frame == 1:
            return [agent]
        return [f"{agent}-{place + 1:02}" for place in range(self.reports_per_frame)]

    def access_points(self) -> list[str]:
        """All of them."""
        return [place for number in range(self.agents) for place in self.access_points_of(number)]

    def write_inventory(self, folder: Path) -> None:
        """The file by which a collector knows them."""
        places = self.access_points()
        sites = [f"{self.name}-site-{number + 1:03}" for number in range(-(-len(places) // _PLACES_OF_A_SITE))]
        tables = [
            f'[[sites]]\nid = "{site}"\nkind = "other"\ndistrict = "중구"\nname_ko = "{site}"\nname_en = "{site}"\n'
            for site in sites
        ]
        for number, place in enumerate(places):
            tables.append(f'[[access_points]]\nid = "{place}"\nsite = "{sites[number // _PLACES_OF_A_SITE]}"\n')
        if self.reports_per_frame > 1:
            for number in range(self.agents):
                named = ", ".join(f'"{place}"' for place in self.access_points_of(number))
                tables.append(f'[[agents]]\nid = "{self.agent(number)}"\naccess_points = [{named}]\n')
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{self.name}.toml").write_text("\n".join(tables), encoding="utf-8")

"""A believable fleet of access points that exists only as arithmetic: for demos, tests and benchmarks.

Everything is a pure function of (seed, site, access point, instant, interval): nothing is drawn from a generator that
moves on, so the same question has the same answer whatever was asked before, and a year of history can be made as
well as the present. Called by `agent.sources.simulated`, and by what makes history. Imports the wire and nothing
else.

Numbers that stand here without a source are assumptions, chosen so that the fleet as a whole looks right.
"""

from agent.simulation.access_point import AccessPoint
from agent.simulation.faults import Fault, FaultKind
from agent.simulation.hardware import Generation
from agent.simulation.site import Site
from agent.simulation.surroundings import Setting

__all__ = ["AccessPoint", "Fault", "FaultKind", "Generation", "Setting", "Site"]

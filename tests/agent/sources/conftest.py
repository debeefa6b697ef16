"""The scripted SNMP device is kept with the tests of agent.snmp."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "snmp"))

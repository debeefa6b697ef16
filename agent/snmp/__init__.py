"""The one room that speaks SNMP: polling with gufo-snmp, receiving traps with pysnmp, and what vendors' values mean.

`agent.sources.snmp` reads devices through it, `agent.main` its discovery and its trap receiver. A vendor is one file of
data in `profiles/`: which OIDs it has, and which field of a Report each becomes.
"""

"""Receives SNMP traps and informs, and turns each into an Event that names devices and never people.

`agent.config` reads `settings.TrapSettings` as the `[traps]` table, `agent.main` runs a `receiver.TrapReceiver` where
there is one. pysnmp is imported when a receiver runs, not before: an agent without the table does not pay for it.
"""

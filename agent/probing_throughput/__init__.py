"""What the probe `throughput` is made of: its window, its ledger, its streams, and what they measure.

Nobody but `agent.probes.throughput` uses these.
"""

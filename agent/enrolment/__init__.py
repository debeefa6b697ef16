"""How an agent comes by a certificate of its own and keeps it: key and request by the `openssl` command, first contact
with the collector, renewal while it runs.

The key is made here and never leaves the machine. Nothing of this is imported by an agent that does not use it, but for
its settings.
"""

"""Calls that leave the collector: to the receivers of alerts, whose addresses people configure, and nowhere else.

An address that somebody wrote down, or a name server answered, is a stranger's. Nothing is called that is not meant to
be called (`addresses`), whatever its name says and however often it changes (`gate`); nothing waits for ever, and
nothing that an address keeps secret is told (`calling`).
"""

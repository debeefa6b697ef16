"""Backup and restoration of all that a collector keeps: one archive, whose every part is named with its SHA-256.

`saving` writes an archive, `restoring` puts one back, and `reading` tells whether one is whole.
"""

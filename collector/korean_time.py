"""The time by which people in Korea live, in which pages are written and weeks are counted."""

from datetime import timedelta, timezone

KST = timezone(timedelta(hours=9), "KST")
"""Korean Standard Time; the country keeps no summer time."""

"""Alerts in words, in Korean and English. Pure but for reading those words."""

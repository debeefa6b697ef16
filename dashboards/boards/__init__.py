"""The boards, one file each, the city first. Their words are in `dashboards/words/`, by the keys that are here."""

from dashboards.boards import access_point, channels, city, experience, itself, replacement, site
from dashboards.panels import Board

BOARDS: tuple[Board, ...] = (
    city.BOARD,
    site.BOARD,
    access_point.BOARD,
    channels.BOARD,
    experience.BOARD,
    replacement.BOARD,
    itself.BOARD,
)
"""In the order in which they are told of each other."""

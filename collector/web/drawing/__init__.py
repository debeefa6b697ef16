"""Drawings of the pages: from points in time, places and days to the lines of an SVG. Pure, but for `place_day`."""

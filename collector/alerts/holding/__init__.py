"""Why nobody is told of an alert for now: silences, maintenance, outages, parents. Pure."""

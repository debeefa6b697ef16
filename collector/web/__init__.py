"""The collector's pages: what the city's Wi-Fi is doing right now, drawn on the server and readable without script.

`application` puts it together; `pages/` holds one file per page, each with its view model, which is pure, and its
route. They read the fleet, the store and the state, and change nothing but sessions.
"""

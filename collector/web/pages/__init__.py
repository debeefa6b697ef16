"""The pages, one file each: a view model built by pure functions, and the route that draws it."""

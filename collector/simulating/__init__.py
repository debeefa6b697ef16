"""What a configuration would have told of a recording: rules, routes and notices over a virtual clock, without a
collector, a database or a network. Pure; used by `hangang alerts simulate`."""

"""Many people at one server: what they wait for, what it costs, and whether anybody sees another's exam."""

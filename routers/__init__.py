"""Where messages go: routes, the compiled table that finds one, and routes as kinds of the catalogue."""

"""Scripts that change, tag, refuse and answer messages: the tables that choose one, and the processes that run it."""

# mypy: ignore-errors
"""Outgoing: tags messages `day` or `night` by the server's local time; routes with a TagFilter do the rest."""

DAY_BEGINS, NIGHT_BEGINS = 8, 20

routable.addTag("day" if DAY_BEGINS <= routable.datetime.hour < NIGHT_BEGINS else "night")

"""Scripts to start from, each for an entry of an interception table. They are read by path, not imported.

`routable`, `reply`, `folder`, `smpp_status` and the modules `re`, `json`, `datetime`, `math`, `struct` and `hashlib`
are given to a script when it runs.
"""

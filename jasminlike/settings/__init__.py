"""What can be set before the gateway starts: declared in `schema`, read by `load`, written out by `render`."""

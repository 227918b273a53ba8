"""The reference pages that are rendered from the code, one module a page."""

"""What all tests share."""

import hypothesis  # noqa: F401 - its plugin would import it first from within the reactor's greenlet, which fails

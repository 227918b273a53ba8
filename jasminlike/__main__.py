"""`python -m jasminlike` is `jasmind`."""

from jasminlike.cli import main

if __name__ == "__main__":
    main()

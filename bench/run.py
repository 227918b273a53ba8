#!/usr/bin/env python3
"""`python3 bench/run.py …` from anywhere is the same as `python -m bench …` in the checkout."""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from bench.cli import main

    sys.exit(main())

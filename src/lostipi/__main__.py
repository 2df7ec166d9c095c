"""Run the command as `python -m lostipi`."""

import sys

from lostipi.cli import main

sys.exit(main())

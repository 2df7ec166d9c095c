"""Run the command as `python -m lostipi`."""

from lostipi.cli import process

process()

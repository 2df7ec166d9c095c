"""From the entries of one kernel to those of another: what carries over, what must be read."""

"""Kernel source: trees, C tokens, sites, inventories. Knows nothing of entries."""

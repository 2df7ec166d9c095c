"""The data as files for other programs: what is published, in which shape, under which names."""

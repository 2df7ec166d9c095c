"""Models to Markdown and HTML: pure functions, no I/O. `lostipi.macros` binds them to the site."""

"""The shape of an entry: pydantic models and enums. No I/O."""

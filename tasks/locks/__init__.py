"""An environment's lock: one operation at a time."""

"""JSON Schemas of every input and output, and the check against them (schemas.validation)."""

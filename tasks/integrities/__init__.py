"""Digests of tables: how items are hashed, summed over segments, kept and compared."""

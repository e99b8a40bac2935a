"""Tasks that every workflow uses."""

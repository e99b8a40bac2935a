"""The state machines, one module each, and the command line that runs them."""

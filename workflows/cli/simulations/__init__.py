"""`daytwo simulation`: all scenarios of a system in order, with people."""

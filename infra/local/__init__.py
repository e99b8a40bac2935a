"""The embedded account: moto's server, real function processes, and what moto leaves out."""

"""`make bench`, or `python -m bench [cold_start|promotion|ec2_operations]`: print the figures."""

import importlib
import sys

BENCHES = ("cold_start", "promotion", "ec2_operations")


def main() -> None:
    """Run the named benches, all of them without a name."""
    unknown = set(sys.argv[1:]) - set(BENCHES)
    if unknown:
        sys.exit(f"there is no bench {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
    for name in sys.argv[1:] or BENCHES:
        importlib.import_module(f"bench.{name}").main()


main()

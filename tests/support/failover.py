"""A name that fails over from one Region to another."""

NAME = "api.example.com"
PRIMARY, SECONDARY = "192.0.2.1", "198.51.100.1"


def record_set(value: str, name: str = NAME, **record: object) -> dict[str, object]:
    """Describe a record set of one address."""
    values = [{"Value": value}]
    return {"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": values, **record}

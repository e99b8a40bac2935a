"""Which instances Systems Manager knows, and whether their agents answer."""

from typing import Any

from infra.local.clock import Clock
from infra.local.ssm.weather import CONNECTION_LOST, UNMANAGED
from infra.local.weather import Weather

ONLINE, LOST = "Online", "ConnectionLost"
GONE = ("pending", "shutting-down", "terminated")


class Agents:
    """The agents on the instances of a Region."""

    def __init__(self, clock: Clock, weather: Weather) -> None:
        self._clock = clock
        self._weather = weather

    def ping(self, instance: Any) -> str:
        """Tell an agent's ping status; empty where Systems Manager does not know the instance."""
        if instance.state in GONE or self._weather.fault(UNMANAGED, id=instance.id):
            return ""
        if instance.state != "running" or self._weather.fault(CONNECTION_LOST, id=instance.id):
            return LOST
        return ONLINE

    def known(self, backend: Any) -> list[tuple[Any, str]]:
        """Give the managed instances with their ping status, in the order of their ids."""
        found = ((each, self.ping(each)) for each in instances_of(backend).values())
        return sorted(((each, ping) for each, ping in found if ping), key=lambda pair: pair[0].id)

    def told(self, instance: Any, ping: str) -> dict[str, Any]:
        """Give what DescribeInstanceInformation says of one."""
        return {
            "InstanceId": instance.id,
            "PingStatus": ping,
            "LastPingDateTime": self._clock.now().timestamp(),
            "AgentVersion": "3.3.1611.0",
            "IsLatestVersion": True,
            "PlatformType": "Linux",
            "PlatformName": "Amazon Linux",
            "PlatformVersion": "2023",
            "ResourceType": "EC2Instance",
            "IPAddress": instance.private_ip,
        }


def instances_of(backend: Any) -> dict[str, Any]:
    """Give the instances of a backend's account and Region, by id."""
    from moto.ec2.models import ec2_backends

    ec2 = ec2_backends[backend.account_id][backend.region_name]
    return {
        instance.id: instance
        for reservation in list(ec2.reservations.values())
        for instance in reservation.instances
    }

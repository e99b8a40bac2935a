"""EC2 as it is on AWS: what takes time takes time, and what goes wrong there can go wrong here."""

from infra.local.account import Account
from infra.local.ec2 import (
    answers,
    attributes,
    finding,
    images,
    instances,
    launches,
    listing,
    requests,
    root_volumes,
    snapshots,
    spot,
    templates,
    volumes,
)
from infra.local.ec2.weather import make_weather


def install(account: Account) -> None:
    """Let the EC2 of this account take its time and have weather, until it stops."""
    weather = account.weather["ec2"] = make_weather()
    finding.install(account)
    acting = instances.install(account, weather)
    launches.install(account, weather, acting)
    spot.install(account)
    templates.install(account)
    answers.install(account)
    listing.install(account, weather, acting)
    attributes.install(account, weather)
    snapshots.install(account, weather)
    images.install(account, weather)
    roots = root_volumes.install(account, weather)
    going = volumes.install(account, weather)
    requests.install(account, weather, settle=(acting.settle, roots.settle, going.settle))

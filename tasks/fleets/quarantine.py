"""What is left to do until instances are isolated, or as they were; nothing here calls AWS.

Both ways compare what an instance had, what it should have and what is there, so that doing
it again does only what is left. A network ACL's inbound rule names sources and its outbound
rule destinations ("Control subnet traffic with network access control lists"): entries in the
instance's own subnet would cut nothing, so each ACL in use in the VPC gets them, and they cut
the instance off from the other subnets, connections that are open included. The security
group does the rest; it leaves connections that it tracks until they are idle ("Amazon EC2
security group connection tracking").
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

GONE = ("shutting-down", "terminated")
ALL_PROTOCOLS = "-1"
DENIALS = {False: "inbound", True: "outbound"}

Was = Mapping[str, Any]
Acl = Mapping[str, Any]


@dataclass(frozen=True)
class Step:
    """A call of the EC2 client that is left to make, and in words what is wrong until then.

    Where `call` is empty there is none to make: a person has to do something first.
    """

    call: str
    arguments: dict[str, Any]
    words: str


@dataclass
class Found:
    """What instances have now, by instance id, and the network ACLs of their VPCs."""

    instances: dict[str, dict[str, Any]]
    profiles: dict[str, tuple[str, str]] = field(default_factory=dict)
    acls: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    numbers: dict[str, Iterator[int]] = field(default_factory=dict)

    def gone(self, instance_id: str) -> bool:
        """Tell whether an instance is terminated, or EC2 has forgotten it."""
        here = self.instances.get(instance_id)
        return here is None or here["State"]["Name"] in GONE

    def groups(self, instance_id: str) -> dict[str, list[str]]:
        """Give the security groups of each of an instance's network interfaces."""
        return {
            one["NetworkInterfaceId"]: sorted(group["GroupId"] for group in one["Groups"])
            for one in self.instances[instance_id]["NetworkInterfaces"]
        }

    def free_number(self, acl: Acl) -> int:
        """Take a rule number that no other instance gets, 0 where there is none."""
        numbers = self.numbers.setdefault(acl["NetworkAclId"], free_numbers(acl))
        return next(numbers, 0)


def had(instance_id: str, found: Found) -> dict[str, Any]:
    """Give what an instance has before it is isolated, in the form of a record's `was`."""
    here = found.instances[instance_id]
    addresses = addresses_of(here)
    return {
        "vpc_id": here["VpcId"],
        "interfaces": found.groups(instance_id),
        "addresses": addresses,
        "profile": found.profiles.get(instance_id, ("", ""))[1],
        "denied": [
            [acl["NetworkAclId"], egress, address]
            for acl in found.acls.get(here["VpcId"], [])
            for egress in DENIALS
            for address in addresses
            if denials(acl, egress, address)
        ],
    }


def addresses_of(instance: Mapping[str, Any]) -> list[str]:
    """Give all private addresses of an instance, each as a CIDR block of one."""
    return [
        *(
            f"{one['PrivateIpAddress']}/32"
            for interface in instance["NetworkInterfaces"]
            for one in interface.get("PrivateIpAddresses", [])
        ),
        *(
            f"{one['Ipv6Address']}/128"
            for interface in instance["NetworkInterfaces"]
            for one in interface.get("Ipv6Addresses", [])
        ),
    ]


def left_to_isolate(instance_id: str, was: Was, found: Found) -> list[Step]:
    """Give the calls that are left until an instance is isolated, the quickest cut first."""
    steps = [
        set_groups(interface, [was["quarantine_group"]])
        for interface, groups in found.groups(instance_id).items()
        if groups != [was["quarantine_group"]]
    ]
    for acl in found.acls.get(was["vpc_id"], []):
        if acl["Associations"]:
            for address in was["addresses"]:
                steps += left_to_deny(acl, address, found)
    if instance_id in found.profiles:
        association, profile = found.profiles[instance_id]
        steps.append(disassociate(association, profile))
    return steps


def left_to_deny(acl: Acl, address: str, found: Found) -> list[Step]:
    """Give the calls that are left until a network ACL denies an address, in and out."""
    missing = [egress for egress in DENIALS if not denials(acl, egress, address)]
    number = found.free_number(acl) if missing else 0
    if missing and not number:
        return [no_number(acl)]
    return [deny(acl, egress, address, number) for egress in missing]


def left_to_release(instance_id: str, was: Was, found: Found) -> list[Step]:
    """Give the calls that are left until an instance is as it was.

    Entries that were there before stay. Of an instance that is gone only the entries are
    left: another one may get its address.
    """
    steps = [
        allow(acl, egress, entry)
        for acl in found.acls.get(was["vpc_id"], [])
        for egress in DENIALS
        for address in was["addresses"]
        if [acl["NetworkAclId"], egress, address] not in was["denied"]
        for entry in denials(acl, egress, address)
    ]
    if found.gone(instance_id):
        return steps
    association, profile = found.profiles.get(instance_id, ("", ""))
    if profile != was["profile"]:
        steps.append(change_profile(instance_id, association, was["profile"]))
    now = found.groups(instance_id)
    steps += [
        set_groups(interface, groups)
        for interface, groups in was["interfaces"].items()
        if interface in now and now[interface] != sorted(groups)
    ]
    return steps


def denials(acl: Acl, egress: bool, address: str) -> list[dict[str, Any]]:
    """Give the entries that deny an address everything before any rule allows something."""
    entries = [entry for entry in acl["Entries"] if entry["Egress"] == egress]
    first = first_allowing(entries)
    return [
        entry
        for entry in entries
        if entry["RuleAction"] == "deny"
        and entry["Protocol"] == ALL_PROTOCOLS
        and address in (entry.get("CidrBlock"), entry.get("Ipv6CidrBlock"))
        and entry["RuleNumber"] < first
    ]


def first_allowing(entries: list[dict[str, Any]]) -> int:
    """Give the number of the first entry that allows something, or that of the last of all."""
    return min(
        (entry["RuleNumber"] for entry in entries if entry["RuleAction"] == "allow"),
        default=32767,
    )


def free_numbers(acl: Acl) -> Iterator[int]:
    """Give the rule numbers that are free both ways before every rule that allows something."""
    used = {entry["RuleNumber"] for entry in acl["Entries"]}
    return (number for number in range(1, first_allowing(acl["Entries"])) if number not in used)


def set_groups(interface: str, groups: list[str]) -> Step:
    """Give the call that puts a network interface into these security groups alone."""
    return Step(
        "modify_network_interface_attribute",
        {"NetworkInterfaceId": interface, "Groups": list(groups)},
        f"{interface} is not in {', '.join(groups)} alone",
    )


def deny(acl: Acl, egress: bool, address: str, number: int) -> Step:
    """Give the call that denies an address everything in one direction."""
    kind = "Ipv6CidrBlock" if ":" in address else "CidrBlock"
    return Step(
        "create_network_acl_entry",
        {
            "NetworkAclId": acl["NetworkAclId"],
            "RuleNumber": number,
            "Protocol": ALL_PROTOCOLS,
            "RuleAction": "deny",
            "Egress": egress,
            kind: address,
        },
        f"{acl['NetworkAclId']} does not deny {address} {DENIALS[egress]}",
    )


def no_number(acl: Acl) -> Step:
    """Say that nothing can be denied before what an ACL allows."""
    words = (
        f"network ACL {acl['NetworkAclId']} has no free rule number before its first rule "
        "that allows something; give its rules higher numbers, and isolate again"
    )
    return Step("", {}, words)


def allow(acl: Acl, egress: bool, entry: Mapping[str, Any]) -> Step:
    """Give the call that takes a denial away again."""
    name, number = acl["NetworkAclId"], entry["RuleNumber"]
    return Step(
        "delete_network_acl_entry",
        {"NetworkAclId": name, "RuleNumber": number, "Egress": egress},
        f"{name} still has rule {number} {DENIALS[egress]}",
    )


def change_profile(instance_id: str, association: str, profile: str) -> Step:
    """Give the call that brings an instance's profile to what it was, none included."""
    words = f"its instance profile is not {profile or 'removed'}"
    if not profile:
        return disassociate(association, "which it did not have")
    wanted = {"IamInstanceProfile": {"Arn": profile}}
    if association:
        arguments = {"AssociationId": association, **wanted}
        return Step("replace_iam_instance_profile_association", arguments, words)
    arguments = {"InstanceId": instance_id, **wanted}
    return Step("associate_iam_instance_profile", arguments, words)


def disassociate(association: str, profile: str) -> Step:
    """Give the call that takes an instance's profile away; credentials it has read still work."""
    return Step(
        "disassociate_iam_instance_profile",
        {"AssociationId": association},
        f"it still has the instance profile {profile}",
    )

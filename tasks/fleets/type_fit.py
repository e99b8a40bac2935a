"""Whether an instance can run as another type; nothing here calls AWS."""

from collections.abc import Mapping
from typing import Any

from tasks.fleets.selection import Row

# What DescribeInstanceTypes says of a type.
Info = Mapping[str, Any]


def misfit(row: Row, now: Info, wanted: Info) -> str:
    """Say why an instance cannot run as the wanted type, or nothing where it can.

    `now` is what is known of its own type, empty if nothing is. Source: Amazon EC2 User Guide,
    "Compatibility for changing the instance type".
    """
    return (
        foreign(row, wanted)
        or _network(row, now, wanted)
        or _storage(row, now, wanted)
        or _hibernation(row, wanted)
    )


def foreign(row: Row, wanted: Info) -> str:
    """Say why an instance's image cannot run on the wanted type, or nothing where it can."""
    kind = wanted["InstanceType"]
    architectures = wanted["ProcessorInfo"]["SupportedArchitectures"]
    if row.architecture and row.architecture not in architectures:
        return f"it is {row.architecture}, and {kind} runs {' or '.join(architectures)}"
    virtualizations = wanted.get("SupportedVirtualizationTypes", [row.virtualization])
    if row.virtualization and row.virtualization not in virtualizations:
        return (
            f"its virtualization is {row.virtualization}, and {kind} takes "
            f"{' or '.join(virtualizations)}"
        )
    modes = wanted.get("SupportedBootModes", [])
    if row.boot_mode and modes and row.boot_mode not in modes:
        return f"it boots in {row.boot_mode}, and {kind} boots in {' or '.join(modes)}"
    return ""


def _network(row: Row, now: Info, wanted: Info) -> str:
    kind, network = wanted["InstanceType"], wanted.get("NetworkInfo", {})
    has_ena = row.ena or now.get("NetworkInfo", {}).get("EnaSupport") == "required"
    if network.get("EnaSupport") == "required" and not has_ena:
        return f"{kind} needs enhanced networking (ENA), which is not enabled on it"
    most = network.get("MaximumNetworkInterfaces", row.interfaces)
    if row.interfaces > most:
        return f"it has {row.interfaces} network interfaces, and {kind} takes {most}"
    addresses = network.get("Ipv4AddressesPerInterface", row.addresses)
    if row.addresses > addresses:
        return f"an interface of it has {row.addresses} addresses, and {kind} takes {addresses}"
    return ""


def _storage(row: Row, now: Info, wanted: Info) -> str:
    kind, ebs = wanted["InstanceType"], wanted.get("EbsInfo", {})
    roots = wanted.get("SupportedRootDeviceTypes", [row.root_kind])
    if row.root_kind not in roots:
        return f"its root volume is of kind {row.root_kind}, and {kind} takes {' or '.join(roots)}"
    speaks_nvme = now.get("EbsInfo", {}).get("NvmeSupport") in ("supported", "required")
    # Images with ENA's driver have NVMe's too; the two came with the same types.
    if ebs.get("NvmeSupport") == "required" and not speaks_nvme and not row.ena:
        return f"{kind} needs NVMe drivers, which its own type has no use for"
    most = ebs.get("MaximumEbsAttachments")
    if most is None:
        return ""
    # Network interfaces beside the first take places of the volumes where the limit is shared.
    shared = ebs.get("AttachmentLimitType") == "shared"
    attached = row.volumes + (max(0, row.interfaces - 1) if shared else 0)
    if attached > most:
        return f"it has {attached} attachments, and {kind} takes {most}"
    return ""


def _hibernation(row: Row, wanted: Info) -> str:
    if not row.hibernates or wanted.get("HibernationSupported", True):
        return ""
    return f"it is set up for hibernation, which {wanted['InstanceType']} does not support"

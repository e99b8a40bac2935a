"""EC2's network: an interface's own security groups count, and network ACLs have their limits."""

from typing import Any

from infra.local.account import Account
from infra.local.patching import replace

# Amazon VPC User Guide, "Amazon VPC quotas", rules per network ACL and direction.
MOST_ENTRIES = 20
LAST_ENTRY = 32767  # the one that denies what no other matched; it is not counted


def install(account: Account) -> None:
    """Let interfaces and network ACLs of this account answer as on AWS, until it stops."""
    from moto.ec2.models import EC2Backend
    from moto.ec2.models.elastic_network_interfaces import (
        NetworkInterface,
        NetworkInterfaceBackend,
    )
    from moto.ec2.models.instances import InstanceBackend
    from moto.ec2.models.network_acls import NetworkAclBackend

    # moto adds the groups that the instance was launched with, whatever is set later.
    replace(account, NetworkInterface, "group_set", property(lambda eni: eni._group_set))
    _keep_instances_in_step(account, EC2Backend, NetworkInterfaceBackend)
    _keep_interfaces_in_step(account, EC2Backend, InstanceBackend)
    _limit_entries(account, EC2Backend, NetworkAclBackend)


def _keep_instances_in_step(account: Account, backend: Any, owner: Any) -> None:
    """Let an instance's groups be those of its first interface, and refuse unknown groups."""
    from moto.ec2.exceptions import EC2ClientError

    modify = owner.modify_network_interface_attribute

    def modify_interface(
        self: Any, eni_id: str, group_ids: list[str], *args: Any, **kwargs: Any
    ) -> None:
        for group in group_ids:
            if self.get_security_group_from_id(group) is None:
                raise EC2ClientError(
                    "InvalidGroup.NotFound", f"The security group '{group}' does not exist"
                )
        modify(self, eni_id, group_ids, *args, **kwargs)
        eni = self.get_network_interface(eni_id)
        if eni.instance and eni is eni.instance.nics.get(0):
            eni.instance.security_groups = list(eni._group_set)

    replace(account, backend, "modify_network_interface_attribute", modify_interface)


def _keep_interfaces_in_step(account: Account, backend: Any, owner: Any) -> None:
    """Let ModifyInstanceAttribute set the groups of the first interface."""
    modify = owner.modify_instance_security_groups

    def modify_instance(self: Any, instance_id: str, group_ids: list[str]) -> Any:
        instance = modify(self, instance_id, group_ids)
        if 0 in instance.nics:
            instance.nics[0]._group_set = list(instance.security_groups)
        return instance

    replace(account, backend, "modify_instance_security_groups", modify_instance)


def _limit_entries(account: Account, backend: Any, owner: Any) -> None:
    """Refuse an entry too many, and to delete one that is not there."""
    from moto.ec2.exceptions import EC2ClientError

    create, delete = owner.create_network_acl_entry, owner.delete_network_acl_entry

    def entries(self: Any, network_acl_id: str, egress: Any) -> list[int]:
        acl = self.get_network_acl(network_acl_id)
        return [
            int(entry.rule_number)
            for entry in acl.network_acl_entries
            if entry.egress == egress and int(entry.rule_number) != LAST_ENTRY
        ]

    def create_entry(self: Any, network_acl_id: str, rule_number: int, **entry: Any) -> Any:
        there = entries(self, network_acl_id, entry["egress"])
        full = len(there) >= MOST_ENTRIES and rule_number not in there
        if full and int(rule_number) != LAST_ENTRY:
            raise EC2ClientError(
                "NetworkAclEntryLimitExceeded",
                "The maximum number of network acl entries has been reached.",
            )
        return create(self, network_acl_id, rule_number, **entry)

    def delete_entry(self: Any, network_acl_id: str, rule_number: int, egress: Any) -> Any:
        if int(rule_number) not in entries(self, network_acl_id, egress):
            way = "egress" if egress else "ingress"
            raise EC2ClientError(
                "InvalidNetworkAclEntry.NotFound",
                f"The {way} network acl entry with rule number {rule_number} does not exist in "
                f"network acl {network_acl_id}",
            )
        return delete(self, network_acl_id, rule_number, egress)

    replace(account, backend, "create_network_acl_entry", create_entry)
    replace(account, backend, "delete_network_acl_entry", delete_entry)

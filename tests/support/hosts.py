"""Instances of a system with images, a place that isolates, and the steps of a drill on them."""

import contextlib

from drill_documents import ID, NOW, OWN, PLANNED_AT, drill
from fleets import make_fleet
from volumes import COPY, TAGS, data, make_image, quarantine
from weather import ec2_client, weathered

from tasks.drills import ledger
from tasks.drills.folders import Folder
from tasks.integrity import check_instance
from tasks.restore import remove_instance, restore_instance
from tasks.servers import instances

PART = data("instances")
TABLE, BUCKET = "daytwo-state", "daytwo-evidence"


class Hosts:
    """Two instances with an image each; the clients of a step may be others."""

    def __init__(self, account, s3, dynamodb):
        self.account, self.s3, self.dynamodb = account, s3, dynamodb
        self.ec2 = ec2_client()
        self.ids = sorted(make_fleet(self.ec2, 2, TAGS, type="t3.small"))
        for one in self.ids:
            make_image(self.ec2, one)

    def isolate(self):
        """Make the security group that copies are launched in."""
        found = self.ec2.describe_instances()["Reservations"][0]["Instances"][0]
        quarantine(self.ec2, found["VpcId"])

    def restore(self, component=PART, ec2=None, **changes):
        """Make one call of the step that launches copies."""
        document = drill(**changes)
        step = restore_instance.Restore(component, document, self.ec2, ec2 or self.ec2)
        folder = Folder(document, component["name"], BUCKET, self.s3)
        return step.go_on(NOW, folder, table=TABLE, dynamodb=self.dynamodb)

    def check(self, answer):
        """Check what a restore has answered; gives the names of the checks that fail."""
        request = {"component": PART, "drill": drill(), "now": NOW, "copy": answer["copy"]}
        checked = check_instance.check(request, self.ec2, self.ec2)
        return {one["name"] for one in checked["checks"] if one["verdict"] != "PASS"}

    def row(self, source):
        """Give the ledger's row of the copy of an instance."""
        return ledger.plan(
            ID,
            "instance",
            f"{COPY}-{source}",
            component="data",
            target=OWN,
            now=PLANNED_AT,
            table=TABLE,
            dynamodb=self.dynamodb,
        )

    def remove(self, source, ec2=None, now=NOW, **changes):
        """Make one call of the step that removes the copy of an instance."""
        row = {**self.row(source), **changes}
        return remove_instance.remove(row, now, ec2 or self.ec2, TABLE, self.dynamodb)

    def copies(self):
        """List the copies, as EC2 describes them."""
        return list(instances.made(ID, self.ec2).values())


@contextlib.contextmanager
def hosted(s3, dynamodb):
    """Give the instances, in an account with weather; the tables and buckets are there."""
    with weathered() as account:
        yield Hosts(account, s3, dynamodb)

"""What moto still lacks of RDS: a test that fails here names a change to take back."""

import pytest
from moto.rds import models
from moto.rds.models import (
    DBCluster,
    DBClusterSnapshot,
    DBInstance,
    DBInstanceAutomatedBackup,
    DBSnapshot,
    RDSBackend,
)
from moto.rds.responses import RDSResponse
from moto.rdsdata.responses import RDSDataServiceResponse
from moto_source import still_says

LACKS = {
    "an instance is available at once": (DBInstance.__init__, 'self.status = "available"'),
    "an instance is gone at once": (
        RDSBackend.delete_db_instance,
        "database = self.databases.pop(db_instance_identifier)",
    ),
    "a final snapshot is not asked for": (
        RDSBackend.delete_db_instance,
        "if final_db_snapshot_identifier and not skip_final_snapshot:",
    ),
    "all instances have one resource id": (
        DBInstance.__init__,
        'self.dbi_resource_id = "db-M5ENSHXFPU6XHZ4G4ZEI5QIO2U"',
    ),
    "every change is applied at once": (RDSBackend.modify_db_instance, "database.update("),
    "a reboot does nothing": (
        RDSBackend.reboot_db_instance,
        "return self.describe_db_instances(db_instance_identifier)[0]",
    ),
    "a reboot leaves ForceFailover out": (
        RDSResponse.reboot_db_instance,
        "self.backend.reboot_db_instance(db_instance_identifier)",
    ),
    "parameter groups are in sync at once": (
        DBInstance.db_parameter_group_status_list.fget,
        'group.ParameterApplyStatus = "in-sync"',
    ),
    "a cluster is available when one looks twice": (
        DBCluster.status.fget,
        'self._status = "available"',
    ),
    "a cluster is gone at once": (
        RDSBackend.delete_db_cluster,
        "return self.clusters.pop(cluster_identifier)",
    ),
    "all clusters have one parameter group": (DBCluster.__init__, '"default.aurora8.0"'),
    "a cluster fails over at once": (
        RDSBackend.failover_db_cluster,
        "cluster.failover(target_instance) return cluster",
    ),
    "a snapshot is complete at once": (DBSnapshot.__init__, 'self.status = "available"'),
    "a cluster snapshot is complete at once": (
        DBClusterSnapshot.__init__,
        'self.status = "available"',
    ),
    "an instance without retention is backed up": (
        DBInstance.save_automated_backup,
        "self.backend.create_auto_snapshot(self.db_instance_identifier, snapshot_id)",
    ),
    "an instance's log ends now": (DBInstance.latest_restorable_time.fget, "return utcnow()"),
    "a cluster's log ends now": (DBCluster.latest_restorable_time.fget, "return utcnow()"),
    "a restored instance keeps all settings": (
        RDSBackend.restore_db_instance_to_point_in_time,
        "new_instance_props[key] = copy.deepcopy(value)",
    ),
    "a restored snapshot keeps all settings": (
        RDSBackend.restore_db_instance_from_db_snapshot,
        "new_instance_props[key] = copy.copy(value)",
    ),
    "a restored cluster keeps all settings": (
        RDSBackend.restore_db_cluster_to_point_in_time,
        "new_cluster_props[key] = copy.copy(value)",
    ),
    "a restored cluster snapshot keeps all settings": (
        RDSBackend.restore_db_cluster_from_snapshot,
        "copy.copy(original_cluster.get_cfg())",
    ),
    "events of all times are given": (RDSBackend.describe_events, "events = self.events"),
    "no statement is run": (RDSDataServiceResponse.execute_statement, "self.rdsdata_backend"),
}


@pytest.mark.parametrize("what", LACKS)
def test_moto_still_says(what):
    source, text = LACKS[what]
    assert still_says(source, text)


def test_an_automated_backup_still_lacks_its_window():
    assert not hasattr(DBInstanceAutomatedBackup, "restore_window")


def test_times_are_still_the_walls():
    assert models.utcnow.__module__ == "moto.core.utils"

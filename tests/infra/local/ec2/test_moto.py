"""What moto still lacks of EC2: a test that fails here names a change to take back."""

import boto3
import pytest
from botocore.exceptions import ClientError
from fleets import AMI, make_fleet
from moto import mock_aws
from moto.core.responses import BaseResponse
from moto.core.serialize import EC2Serializer
from moto.ec2.models.amis import Ami, AmiBackend
from moto.ec2.models.core import TaggedEC2Resource
from moto.ec2.models.elastic_block_store import EBSBackend, Snapshot, Volume
from moto.ec2.models.elastic_network_interfaces import NetworkInterfaceBackend
from moto.ec2.models.instances import Instance, InstanceBackend
from moto.ec2.responses import EC2Response
from moto.ec2.responses.amis import AmisResponse
from moto.ec2.responses.elastic_block_store import ElasticBlockStore
from moto.ec2.responses.instances import InstanceResponse
from moto_source import still_says

LACKS = {
    "a volume is there at once": (Volume.status.fget, 'return "available"'),
    "a volume is gone at once": (EBSBackend.delete_volume, "return self.volumes.pop(volume_id)"),
    "a volume's client token is left out": (
        ElasticBlockStore.create_volume,
        'multi_attach_enabled = self._get_param("MultiAttachEnabled") self.error_on_dryrun()',
    ),
    "a volume does not have its snapshot's key": (
        EBSBackend.create_volume,
        "if snapshot.encrypted: encrypted = snapshot.encrypted",
    ),
    "a copied snapshot is complete at once": (Snapshot.__init__, 'self.status = "completed"'),
    "an image is there at once": (Ami.__init__, 'state: str = "available"'),
    "an image has one volume": (Ami.__init__, "create_volume(size=15, zone_name=region_name)"),
    "snapshots of an image cannot be tagged": (
        AmiBackend.create_image,
        'elif resource_type == "snapshot": raise NotImplementedError()',
    ),
    "an image is registered of nothing": (
        AmisResponse.register_image,
        "self.ec2_backend.register_image(name, description)",
    ),
    "a copied image takes no tags": (AmisResponse.copy_image, 'name = self._get_param("Name")'),
    "an instance runs as soon as it is made": (
        Instance.__init__,
        'self._state = InstanceState("running", 16)',
    ),
    "a start is done at once": (Instance.start, 'self._state.name = "running"'),
    "a stop is done at once": (Instance.stop, 'self._state.name = "stopped"'),
    "a termination is done at once": (Instance.terminate, 'self._state.name = "terminated"'),
    "a reboot starts what is stopped": (Instance.reboot, 'self._state.name = "running"'),
    "instances before the protected one are stopped": (
        InstanceBackend.stop_instances,
        "raise OperationDisableApiStopNotPermitted(instance.id)",
    ),
    "a start answers pending whatever is": (
        InstanceResponse.start_instances,
        '"CurrentState": {"Code": 0, "Name": "pending"}',
    ),
    "a stop cannot hibernate": (
        InstanceResponse.stop_instances,
        "self.ec2_backend.stop_instances(instance_ids)",
    ),
    "an instance is looked for among all": (
        InstanceBackend.get_instance,
        "for instance in self.all_instances():",
    ),
    "images are gone through for each instance": (
        Instance.__init__,
        'self.ec2_backend.describe_images(filters={"image-id": self.image_id})',
    ),
    "an image's id is a filter like others": (
        AmiBackend.describe_images,
        "images = list(self.amis.copy().values())",
    ),
    "tags are gone through for each resource": (
        TaggedEC2Resource.get_tags,
        'self.ec2_backend.describe_tags(filters={"resource-id": [self.id]})',
    ),
    "a page counts reservations": (
        InstanceResponse.describe_instances,
        "reservations_resp = reservations[start : start + max_results]",
    ),
    "statuses are not paged": (
        InstanceResponse.describe_instance_status,
        'result = {"InstanceStatuses": instances}',
    ),
    "MinCount instances are launched": (
        InstanceResponse.run_instances,
        'min_count = int(self._get_param("MinCount", if_none="1"))',
    ),
    "the first instance alone gets the profile": (
        InstanceResponse.run_instances,
        "instance_id=new_reservation.instances[0].id",
    ),
    "each root volume is /dev/sda1": (Instance.setup_defaults, '"/dev/sda1", True'),
    "anything is changed in any state": (
        InstanceBackend.modify_instance_attribute,
        "instance = self.get_instance(instance_id) setattr(instance, key, value)",
    ),
    "metadata options that are left out are forgotten": (
        InstanceBackend.modify_instance_metadata_options,
        "metadata_options = MetadataOptions(metadata_dict)",
    ),
    "an interface is looked for among all": (
        NetworkInterfaceBackend.get_network_interface,
        "for eni in self.enis.values():",
    ),
    "each error is answered with 400": (
        EC2Serializer._serialized_error_to_response,
        '"httpStatusCode", self.DEFAULT_ERROR_RESPONSE_CODE',
    ),
    "a snapshot is complete at once": (Snapshot.__init__, 'self.status = "completed"'),
    "tags of volumes are not copied": (
        EBSBackend.create_snapshots,
        "The CopyTagsFromSource-parameter is not yet implemented.",
    ),
}


@pytest.mark.parametrize("lack", LACKS)
def test_moto_still_lacks_it(lack):
    thing, text = LACKS[lack]
    assert still_says(thing, text)


@pytest.mark.parametrize(
    "operation", ["create_replace_root_volume_task", "describe_replace_root_volume_tasks"]
)
def test_moto_still_has_no_replacement_of_root_volumes(operation):
    assert not hasattr(EC2Response, operation)


def test_moto_still_throttles_nothing():
    assert not still_says(BaseResponse, "RequestLimitExceeded")
    assert not still_says(EC2Response, "RequestLimitExceeded")


@pytest.fixture
def ec2():
    with mock_aws():
        yield boto3.client("ec2", region_name="us-east-1")


def test_moto_still_launches_twice_for_one_client_token(ec2):
    one = {"ImageId": AMI, "MinCount": 1, "MaxCount": 1, "ClientToken": "one"}
    first, second = (ec2.run_instances(**one)["Instances"][0]["InstanceId"] for _ in range(2))
    assert first != second


def test_moto_still_takes_no_protection_from_a_launch(ec2):
    ids = make_fleet(ec2, 1, DisableApiTermination=True)
    ec2.terminate_instances(InstanceIds=ids)


def test_moto_still_calls_a_malformed_id_not_found(ec2):
    with pytest.raises(ClientError, match=r"InvalidInstanceID\.NotFound"):
        ec2.start_instances(InstanceIds=["web-1"])


def test_moto_still_gives_the_snapshots_of_others_to_those_who_ask_for_their_own(ec2):
    assert ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]


def test_moto_still_does_not_say_which_images_support_enhanced_networking(ec2):
    (image,) = ec2.describe_images(ImageIds=[AMI])["Images"]
    assert "EnaSupport" not in image


def test_moto_still_makes_no_request_for_a_spot_instance_that_is_launched(ec2):
    (one,) = make_fleet(ec2, 1, InstanceMarketOptions={"MarketType": "spot"})
    assert ec2.describe_spot_instance_requests()["SpotInstanceRequests"] == []
    found = ec2.describe_instances(InstanceIds=[one])["Reservations"][0]["Instances"][0]
    assert "SpotInstanceRequestId" not in found

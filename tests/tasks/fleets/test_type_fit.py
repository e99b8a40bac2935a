import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.fleets import type_fit
from tasks.fleets.selection import Row

NITRO = {
    "InstanceType": "m5.large",
    "ProcessorInfo": {"SupportedArchitectures": ["x86_64"]},
    "SupportedVirtualizationTypes": ["hvm"],
    "SupportedRootDeviceTypes": ["ebs"],
    "SupportedBootModes": ["legacy-bios", "uefi"],
    "HibernationSupported": True,
    "EbsInfo": {
        "NvmeSupport": "required",
        "MaximumEbsAttachments": 27,
        "AttachmentLimitType": "shared",
    },
    "NetworkInfo": {
        "EnaSupport": "required",
        "MaximumNetworkInterfaces": 3,
        "Ipv4AddressesPerInterface": 10,
    },
}
XEN = {
    **NITRO,
    "InstanceType": "m3.large",
    "HibernationSupported": False,
    "EbsInfo": {"NvmeSupport": "unsupported"},
    "NetworkInfo": {**NITRO["NetworkInfo"], "EnaSupport": "unsupported"},
}


def row(**fields):
    known = {
        "architecture": "x86_64",
        "virtualization": "hvm",
        "boot_mode": "legacy-bios",
        "ena": True,
        "volumes": 1,
        "interfaces": 1,
        "addresses": 1,
    }
    return Row("i-0123456789abcdef0", **{**known, **fields})


@pytest.mark.parametrize(
    ("fields", "now", "wanted", "told"),
    [
        ({}, NITRO, NITRO, ""),
        ({}, {}, NITRO, ""),
        ({"architecture": "arm64"}, NITRO, NITRO, "it is arm64, and m5.large runs x86_64"),
        ({"virtualization": "paravirtual"}, XEN, NITRO, "virtualization is paravirtual"),
        ({"boot_mode": "uefi-preferred"}, NITRO, NITRO, "boots in uefi-preferred"),
        ({"ena": False}, XEN, NITRO, "ENA"),
        ({"ena": False}, NITRO, NITRO, ""),
        ({"ena": False}, XEN, XEN, ""),
        ({"ena": True}, XEN, NITRO, ""),
        ({"interfaces": 4}, NITRO, NITRO, "4 network interfaces, and m5.large takes 3"),
        ({"addresses": 11}, NITRO, NITRO, "11 addresses, and m5.large takes 10"),
        ({"volumes": 25, "interfaces": 3}, NITRO, NITRO, ""),
        ({"volumes": 26, "interfaces": 3}, NITRO, NITRO, "28 attachments, and m5.large takes 27"),
        ({"volumes": 99}, NITRO, XEN, ""),
        ({"root_kind": "instance-store"}, XEN, NITRO, "instance-store, and m5.large takes ebs"),
        ({"hibernates": True}, NITRO, XEN, "hibernation, which m3.large does not support"),
        ({"hibernates": True}, NITRO, NITRO, ""),
    ],
)
def test_an_instance_fits_a_type_or_it_is_told_why_not(fields, now, wanted, told):
    said = type_fit.misfit(row(**fields), now, wanted)
    assert told in said
    assert bool(said) is bool(told)


def test_a_type_with_nvme_only_needs_drivers_that_something_speaks_for():
    wanted = {**NITRO, "NetworkInfo": {**NITRO["NetworkInfo"], "EnaSupport": "supported"}}
    assert "NVMe" in type_fit.misfit(row(ena=False), XEN, wanted)
    assert not type_fit.misfit(row(ena=True), XEN, wanted)
    assert not type_fit.misfit(row(ena=False), NITRO, wanted)


@given(
    st.builds(
        row,
        ena=st.booleans(),
        volumes=st.integers(0, 27),
        hibernates=st.booleans(),
    )
)
def test_whatever_runs_on_a_type_fits_it(one):
    assert not type_fit.misfit(one, NITRO, NITRO)

"""DNS answers by routing policy and health."""

import pytest
from botocore.exceptions import ClientError
from failover import NAME, PRIMARY, SECONDARY, record_set

LOOKS = 90


@pytest.fixture
def fail(account, answer):
    """Let a health check turn."""

    def fail(*checks):
        for check in checks:
            account.weather["route53"].add("unhealthy", ids=check)
        answer()
        account.clock.advance(LOOKS)

    return fail


def test_a_simple_record_answers_with_all_its_values(aws, zone, change, answer):
    change("CREATE", TTL=60, ResourceRecords=[{"Value": PRIMARY}, {"Value": SECONDARY}])
    assert answer() == [PRIMARY, SECONDARY]
    assert answer("API.example.com.") == [PRIMARY, SECONDARY]


def test_the_primary_answers_where_both_are_unhealthy(change, make_check, answer, fail):
    one, two = make_check(), make_check(Type="TCP", IPAddress=SECONDARY)
    change("CREATE", PRIMARY, SetIdentifier="1", Failover="PRIMARY", HealthCheckId=one)
    change("CREATE", SECONDARY, SetIdentifier="2", Failover="SECONDARY", HealthCheckId=two)
    fail(one, two)
    assert answer() == [PRIMARY]


def test_weighted_records_answer_by_weight_and_only_the_healthy_ones(
    change, make_check, answer, fail
):
    check = make_check()
    change("CREATE", PRIMARY, SetIdentifier="1", Weight=3, HealthCheckId=check)
    change("CREATE", SECONDARY, SetIdentifier="2", Weight=1)
    given = [answer()[0] for _ in range(8)]
    assert (given.count(PRIMARY), given.count(SECONDARY)) == (6, 2)
    fail(check)
    assert {answer()[0] for _ in range(4)} == {SECONDARY}


def test_multivalue_records_answer_together_without_the_unhealthy(change, make_check, answer, fail):
    check = make_check()
    many = {"MultiValueAnswer": True}
    change("CREATE", PRIMARY, SetIdentifier="1", HealthCheckId=check, **many)
    change("CREATE", SECONDARY, SetIdentifier="2", **many)
    assert answer() == [PRIMARY, SECONDARY]
    fail(check)
    assert answer() == [SECONDARY]


def test_an_alias_follows_records_of_its_zone_and_their_health(
    zone, change, make_check, answer, fail
):
    check = make_check()
    change("CREATE", PRIMARY, Name="east.example.com", HealthCheckId=check)
    alias = {
        "HostedZoneId": zone.rpartition("/")[2],
        "DNSName": "east.example.com",
        "EvaluateTargetHealth": True,
    }
    change("CREATE", SetIdentifier="1", Failover="PRIMARY", AliasTarget=alias)
    change("CREATE", SECONDARY, SetIdentifier="2", Failover="SECONDARY")
    assert answer() == [PRIMARY]
    fail(check)
    assert answer() == [SECONDARY]


def test_an_alias_of_a_load_balancer_answers_with_its_name(account, change, answer):
    balancer = "web-1.us-east-1.elb.amazonaws.com"
    alias = {"HostedZoneId": "Z35SXDOTRQ7X7K", "DNSName": balancer, "EvaluateTargetHealth": True}
    change("CREATE", SetIdentifier="1", Failover="PRIMARY", AliasTarget=alias)
    change("CREATE", SECONDARY, SetIdentifier="2", Failover="SECONDARY")
    assert answer() == [balancer]
    account.weather["route53"].add("unhealthy", ids=balancer)
    assert answer() == [SECONDARY]


def test_a_name_that_there_is_not_is_told_from_a_type_that_there_is_not(aws, zone, change):
    def code(name, kind):
        return aws.test_dns_answer(HostedZoneId=zone, RecordName=name, RecordType=kind)[
            "ResponseCode"
        ]

    change("CREATE", PRIMARY)
    assert code("nothing.example.com", "A") == "NXDOMAIN"
    assert code(NAME, "AAAA") == "NOERROR"


def test_a_private_zone_answers_nobody(aws):
    made = aws.create_hosted_zone(
        Name="inside.example.com",
        CallerReference="3",
        HostedZoneConfig={"PrivateZone": True},
        VPC={"VPCRegion": "us-east-1", "VPCId": "vpc-1"},
    )
    with pytest.raises(ClientError, match="Private Hosted Zone"):
        aws.test_dns_answer(
            HostedZoneId=made["HostedZone"]["Id"], RecordName="a.inside.example.com", RecordType="A"
        )


def test_a_cname_and_a_wildcard_answer_too(change, answer):
    change("CREATE", "web.example.net", Name="*.example.com", Type="CNAME")
    assert answer("anything.example.com") == ["web.example.net"]


def test_two_records_with_one_identifier_are_deleted_apart(change, answer):
    one = {"SetIdentifier": "primary", "Failover": "PRIMARY"}
    change("CREATE", PRIMARY, **one)
    change("CREATE", SECONDARY, Name="dev.example.com", **one)
    change("DELETE", SECONDARY, Name="dev.example.com", **one)
    assert answer() == [PRIMARY]
    assert answer("dev.example.com") == []
    change("CREATE", SECONDARY, Name="dev.example.com", **one)
    with pytest.raises(ClientError, match="already exists"):
        change("CREATE", PRIMARY, Name="dev.example.com", **one)


def test_a_batch_that_fails_changes_nothing(aws, zone, change, answer):
    change("CREATE", PRIMARY)
    changes = [
        {"Action": action, "ResourceRecordSet": record_set(SECONDARY)}
        for action in ("UPSERT", "CREATE")
    ]
    with pytest.raises(ClientError, match="already exists"):
        aws.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    assert answer() == [PRIMARY]


def test_a_zone_has_the_same_id_in_each_run_and_another_of_its_name_has_not(aws, zone):
    second = aws.create_hosted_zone(Name="example.com", CallerReference="2")["HostedZone"]["Id"]
    assert zone == "/hostedzone/Z93E866CE2AC9172D4AD"
    assert second != zone

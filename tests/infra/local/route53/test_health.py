"""Health checks turn after as many looks as they say, and as their alarms and children do."""

import http.server
import threading

import boto3
import pytest
from botocore.exceptions import ClientError
from failover import PRIMARY, SECONDARY

LOOKS = 3 * 30  # seconds until a check of the default settings turns


def test_an_endpoint_that_fails_turns_its_check_after_three_looks(account, failover, answer):
    assert answer() == [PRIMARY]
    account.weather["route53"].add("unhealthy", ids="east.example.com")
    assert answer() == [PRIMARY]
    account.clock.advance(LOOKS - 1)
    assert answer() == [PRIMARY]
    account.clock.advance(1)
    assert answer() == [SECONDARY]
    account.weather["route53"].calm()
    assert answer() == [SECONDARY]
    account.clock.advance(LOOKS)
    assert answer() == [PRIMARY]


def test_an_endpoint_that_recovers_between_looks_does_not_turn_its_check(account, failover, answer):
    weather = account.weather["route53"]
    for _ in range(3):
        weather.add("unhealthy", ids=failover)
        assert answer() == [PRIMARY]
        account.clock.advance(LOOKS - 1)
        weather.calm()
        assert answer() == [PRIMARY]
        account.clock.advance(1)


def test_a_fast_check_of_one_look_turns_after_ten_seconds(account, make_check, change, answer):
    check = make_check(Type="TCP", IPAddress=PRIMARY, RequestInterval=10, FailureThreshold=1)
    change("CREATE", PRIMARY, SetIdentifier="1", Failover="PRIMARY", HealthCheckId=check)
    change("CREATE", SECONDARY, SetIdentifier="2", Failover="SECONDARY")
    account.weather["route53"].add("unhealthy", ids=PRIMARY)
    assert answer() == [PRIMARY]
    account.clock.advance(10)
    assert answer() == [SECONDARY]


def test_an_inverted_check_turns_when_the_checkers_know_of_it(account, aws, failover, answer):
    account.weather["route53"].set(propagation=45)
    aws.update_health_check(HealthCheckId=failover, Inverted=True)
    assert answer() == [PRIMARY]
    account.clock.advance(45)
    assert answer() == [SECONDARY]
    aws.update_health_check(HealthCheckId=failover, Inverted=False)
    account.clock.advance(45)
    assert answer() == [PRIMARY]


def test_a_disabled_check_is_healthy_unless_it_is_inverted(account, aws, failover, answer):
    account.weather["route53"].add("unhealthy", ids=failover)
    aws.update_health_check(HealthCheckId=failover, Disabled=True)
    account.clock.advance(LOOKS)
    assert answer() == [PRIMARY]
    aws.update_health_check(HealthCheckId=failover, Inverted=True)
    assert answer() == [SECONDARY]


def test_a_change_that_is_stuck_never_turns_the_check(account, aws, failover, answer):
    account.weather["route53"].add("stuck", ids=failover)
    changed = aws.update_health_check(HealthCheckId=failover, Inverted=True)["HealthCheck"]
    assert changed["HealthCheckConfig"]["Inverted"]
    account.clock.advance(10_000)
    assert answer() == [PRIMARY]


@pytest.mark.parametrize(
    ("state", "without_data", "healthy"),
    [
        ("OK", "Unhealthy", True),
        ("ALARM", "Healthy", False),
        ("INSUFFICIENT_DATA", "Healthy", True),
        ("INSUFFICIENT_DATA", "Unhealthy", False),
        ("INSUFFICIENT_DATA", "LastKnownStatus", True),
    ],
)
def test_a_check_of_an_alarm_follows_it(
    aws, make_check, change, answer, state, without_data, healthy
):
    cloudwatch = boto3.client("cloudwatch", region_name="us-west-2")
    cloudwatch.put_metric_alarm(
        AlarmName="errors",
        Namespace="shop",
        MetricName="Errors",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        Statistic="Sum",
    )
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue=state, StateReason="by hand")
    named = {"Region": "us-west-2", "Name": "errors"}
    check = make_check(
        Type="CLOUDWATCH_METRIC", AlarmIdentifier=named, InsufficientDataHealthStatus=without_data
    )
    change("CREATE", PRIMARY, SetIdentifier="1", Failover="PRIMARY", HealthCheckId=check)
    change("CREATE", SECONDARY, SetIdentifier="2", Failover="SECONDARY")
    assert answer() == [PRIMARY if healthy else SECONDARY]
    config = aws.get_health_check(HealthCheckId=check)["HealthCheck"]["HealthCheckConfig"]
    assert config["AlarmIdentifier"] == named
    assert "Port" not in config


def test_a_calculated_check_needs_as_many_healthy_children_as_it_says(
    account, make_check, change, answer
):
    children = [make_check(Type="TCP", IPAddress=f"192.0.2.{n}") for n in (1, 2, 3)]
    check = make_check(Type="CALCULATED", ChildHealthChecks=children, HealthThreshold=2)
    change("CREATE", PRIMARY, SetIdentifier="1", Failover="PRIMARY", HealthCheckId=check)
    change("CREATE", SECONDARY, SetIdentifier="2", Failover="SECONDARY")
    for failing, expected in ((0, PRIMARY), (1, SECONDARY)):
        account.weather["route53"].add("unhealthy", ids=children[failing])
        assert answer() != []
        account.clock.advance(LOOKS)
        assert answer() == [expected]


def test_an_endpoint_on_this_machine_is_really_asked(account, make_check, change, answer):
    class Page(http.server.BaseHTTPRequestHandler):
        status = 200

        def do_GET(self):
            self.send_response(self.status if self.path == "/health" else 404)
            self.end_headers()
            self.wfile.write(b"all well")

        def log_message(self, *args):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        check = make_check(
            Type="HTTP_STR_MATCH",
            IPAddress="127.0.0.1",
            Port=server.server_port,
            ResourcePath="/health",
            SearchString="all well",
            FailureThreshold=1,
        )
        change("CREATE", PRIMARY, SetIdentifier="1", Failover="PRIMARY", HealthCheckId=check)
        change("CREATE", SECONDARY, SetIdentifier="2", Failover="SECONDARY")
        assert answer() == [PRIMARY]
        Page.status = 500
        account.clock.advance(30)
        assert answer() == [PRIMARY]
        account.clock.advance(30)
        assert answer() == [SECONDARY]
        server.shutdown()
        thread.join()


def test_each_checker_tells_what_it_saw(account, aws, failover):
    def told():
        observations = aws.get_health_check_status(HealthCheckId=failover)[
            "HealthCheckObservations"
        ]
        return {one["StatusReport"]["Status"].partition(":")[0] for one in observations}

    assert told() == {"Success"}
    account.weather["route53"].add("unhealthy", ids=failover)
    told()
    account.clock.advance(LOOKS)
    assert told() == {"Failure"}


def test_a_change_of_an_older_version_is_refused(aws, failover):
    before = aws.get_health_check(HealthCheckId=failover)["HealthCheck"]["HealthCheckVersion"]
    aws.update_health_check(HealthCheckId=failover, HealthCheckVersion=before, Inverted=True)
    with pytest.raises(ClientError, match="HealthCheckVersionMismatch"):
        aws.update_health_check(HealthCheckId=failover, HealthCheckVersion=before, Inverted=False)
    now = aws.get_health_check(HealthCheckId=failover)["HealthCheck"]
    assert (now["HealthCheckVersion"], now["HealthCheckConfig"]["Inverted"]) == (before + 1, True)


def test_a_check_that_there_is_not_cannot_be_deleted(aws):
    with pytest.raises(ClientError, match="NoSuchHealthCheck"):
        aws.delete_health_check(HealthCheckId="0f6e3f5e-0000-4000-8000-000000000001")

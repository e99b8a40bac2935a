"""DescribeInstances and DescribeInstanceStatus, page by page."""

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, islice
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.responses.instances import InstanceResponse

from infra.local.account import Account
from infra.local.ec2 import finding, statuses
from infra.local.ec2.describing import groups, told
from infra.local.ec2.filters import ids_of, passing
from infra.local.ec2.instances import Acting
from infra.local.ec2.paging import position, token
from infra.local.ec2.rendering import Rendered
from infra.local.patching import replace
from infra.local.weather import Weather

SMALLEST_PAGE, LARGEST_PAGE = 5, 1000


def install(account: Account, weather: Weather, acting: Acting) -> None:
    """List instances as EC2 does, until the account stops."""
    # moto counts reservations for instances, compiles each filter for each instance, and does
    # not page statuses.
    replace(account, InstanceResponse, "describe_instances", _describe)
    checks = statuses.Checks(account, weather, acting)
    replace(
        account,
        InstanceResponse,
        "describe_instance_status",
        lambda response: _describe_status(response, checks),
    )


def _describe(response: Any) -> Rendered:
    response.error_on_dryrun()
    ids = response._get_param("InstanceIds", [])
    if ids and response._get_param("MaxResults"):
        raise EC2ClientError(
            "InvalidParameterCombination",
            "The parameter instancesSet cannot be used with the parameter maxResults",
        )
    found, following = _page(response, ids, passing(response._filters_from_querystring()))
    return Rendered(
        {"Reservations": _reservations(response.ec2_backend, found), "NextToken": following}
    )


def _describe_status(response: Any, checks: statuses.Checks) -> Rendered:
    response.error_on_dryrun()
    ids = response._get_param("InstanceIds", [])
    test = passing(response._filters_from_querystring(), checks.filters())
    everything = response._get_bool_param("IncludeAllInstances", False)
    found, following = _page(
        response, ids, lambda each: (everything or each._state.name == "running") and test(each)
    )
    return Rendered(
        {"InstanceStatuses": [checks.told(each) for each in found], "NextToken": following}
    )


def _page(
    response: Any, ids: list[str], test: Callable[[Any], bool]
) -> tuple[list[Any], str | None]:
    """Give the instances of the page that is asked for, and the token of the next one."""
    backend = response.ec2_backend
    size = _size(response._get_param("MaxResults"))
    if ids:
        return [each for each in finding.many(backend, ids) if test(each)], None
    named = ids_of(response._filters_from_querystring())
    begin = position(response._get_param("NextToken"))
    places = islice(enumerate(_candidates(backend, named)), begin, None)
    passed = (
        (place, each) for place, each in places if not finding.is_forgotten(each) and test(each)
    )
    found = list(islice(passed, size))
    more = next(passed, None)
    return [each for _, each in found], token(more[0]) if more else None


def _candidates(backend: Any, named: Iterable[str] | None) -> Iterator[Any]:
    everything = finding.index(backend)
    if named is None:
        found = list(everything.values())
    else:
        found = [everything[each] for each in dict.fromkeys(named) if each in everything]
    # One that is being made belongs to no reservation yet.
    return (each for each in found if "reservation_id" in vars(each))


def _reservations(backend: Any, instances: list[Any]) -> list[dict[str, Any]]:
    """Put instances together by reservation; one that a page cuts goes on in the next."""
    return [
        {
            "Groups": groups([]),
            "Instances": [told(each) for each in together],
            "OwnerId": backend.account_id,
            "ReservationId": reservation,
        }
        for reservation, together in groupby(instances, key=lambda each: each.reservation_id)
    ]


def _size(asked: Any) -> int:
    if asked is None:
        return LARGEST_PAGE
    size = int(asked)
    if not SMALLEST_PAGE <= size <= LARGEST_PAGE:
        raise EC2ClientError(
            "InvalidParameterValue",
            f"Value ( {size} ) for parameter maxResults is invalid. Expecting a value between "
            f"{SMALLEST_PAGE} and {LARGEST_PAGE}.",
        )
    return size

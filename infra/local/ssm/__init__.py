"""Systems Manager: OpsItems, and Run Command's commands that take their time or fail.

Every instance that runs is managed and online unless the weather says otherwise. What a
document would do on an instance is not done; AWS-RunPatchBaseline leaves a patch state.
"""

from infra.local.account import Account
from infra.local.patching import replace
from infra.local.ssm import agents, answers, opsitems
from infra.local.ssm.commands import Commands
from infra.local.ssm.weather import make_weather


def install(account: Account) -> None:
    """Let Run Command of this account take its time, and OpsCenter be there, until it stops."""
    from moto.ssm.responses import SimpleSystemManagerResponse

    weather = account.weather["ssm"] = make_weather()
    calls = answers.Answers(
        agents.Agents(account.clock, weather), Commands(account.clock, weather), weather
    )
    # moto's commands succeed at once, are not listed by invocation, cannot be cancelled, and
    # go to instances that do not exist; it knows neither managed instances nor patch states.
    for name in answers.CALLS:
        replace(account, SimpleSystemManagerResponse, name, calls.answering(name))
    # moto has no OpsCenter.
    items = opsitems.OpsItems(account, weather)
    for name in opsitems.CALLS:
        replace(account, SimpleSystemManagerResponse, name, items.answering(name))

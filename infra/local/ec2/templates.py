"""Launch templates: a new version has what its source version has, and what is said anew."""

from typing import Any

from moto.ec2.responses.launch_templates import LaunchTemplates

from infra.local.account import Account
from infra.local.patching import replace


def install(account: Account) -> None:
    """Make new versions of this account's launch templates as EC2 does, until it stops."""

    def create(response: Any) -> Any:
        if source := response._get_param("SourceVersion"):
            data = _template(response).get_version(source).data
            response.params["LaunchTemplateData"] = {
                **data,
                **response._get_param("LaunchTemplateData", {}),
            }
        return plain_create(response)

    # moto forgets the source version.
    plain_create = replace(account, LaunchTemplates, "create_launch_template_version", create)


def _template(response: Any) -> Any:
    if name := response._get_param("LaunchTemplateName"):
        return response.ec2_backend.get_launch_template_by_name(name)
    return response.ec2_backend.get_launch_template(response._get_param("LaunchTemplateId"))

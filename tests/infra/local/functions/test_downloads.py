"""The code of a function can be read from where GetFunction says that it lies."""

import io
import urllib.request
import zipfile


def located(cloud, name, **asked):
    return cloud.client("lambda").get_function(FunctionName=name, **asked)["Code"]["Location"]


def read(url):
    with urllib.request.urlopen(url) as reply:
        return zipfile.ZipFile(io.BytesIO(reply.read())).read("app.py").decode()


def test_each_version_has_its_own_code(cloud):
    cloud.create("two-versions", "x = 1", Publish=True)
    cloud.update("two-versions", "x = 2")

    assert read(located(cloud, "two-versions", Qualifier="1")) == "x = 1"
    assert read(located(cloud, "two-versions")) == "x = 2"


def test_it_is_in_no_list_of_buckets(cloud):
    cloud.create("hidden", "x = 1")
    located(cloud, "hidden")

    names = [one["Name"] for one in cloud.client("s3").list_buckets()["Buckets"]]
    assert not [name for name in names if "awslambda" in name]

"""What CI of the feedback system does for a release: test and scan it, and write the evidence.

    python3 -m venv build/ci-venv
    build/ci-venv/bin/pip install -r examples/feedback/ci-requirements.txt
    build/ci-venv/bin/python examples/feedback/make_evidence.py 1.0.0 1.1.0 1.2.0

The tools write the findings; this script only brings their reports into the formats that
daytwo reads and takes out what differs between two runs (times, folders, host names), so that
the same release has the same evidence. It ends with 1 where a test fails, and still writes.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from datetime import datetime
from pathlib import Path

HERE = Path(__file__).parent.resolve()
RULES = "E,F,W,B,UP,SIM,C4,RET,PIE,S,PTH,RUF,BLE"
SARIF = "https://json.schemastore.org/sarif-2.1.0.json"
TRANSIENT = ("hostname", "timestamp", "time")


def main(versions: list[str]) -> int:
    """Make the evidence of each release; give the exit code."""
    failed = []
    for version in versions:
        release = HERE / "releases" / version
        source = json.loads((release / "release.json").read_text("utf-8"))
        evidence = release / "evidence"
        shutil.rmtree(evidence, ignore_errors=True)
        evidence.mkdir()
        with tempfile.TemporaryDirectory() as folder:
            functions = Path(folder) / "functions"
            stage(release, source, functions)
            if not tested(functions, evidence, source):
                failed.append(version)
            (evidence / "ruff.sarif").write_text(checked(functions))
            (evidence / "secrets.sarif").write_text(searched(functions))
            (evidence / "sbom.cdx.json").write_text(listed(source, Path(folder)))
        print(f"{version}: {'its tests fail' if version in failed else 'passed'}")
    return 1 if failed else 0


def stage(release: Path, source: dict, functions: Path) -> None:
    """Lay the release's function sources side by side, under their own names."""
    functions.mkdir()
    for files in source["functions"].values():
        for name in files.values():
            shutil.copy(release / name, functions / Path(name).name)


def run(tool: str, *arguments: object, cwd: Path = HERE, **environment: str) -> str:
    """Run a tool of this environment and give what it printed; a finding is no failure."""
    command = [sys.executable, "-m", tool, *map(str, arguments)]
    variables = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"} | environment
    done = subprocess.run(command, cwd=cwd, env=variables, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{tool} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def tested(functions: Path, evidence: Path, source: dict) -> bool:
    """Run the tests with coverage: JUnit XML and Cobertura XML. Tell whether all passed."""
    junit, coverage = evidence / "junit.xml", evidence / "coverage.xml"
    cover = (f"--cov={functions}", f"--cov-report=xml:{coverage}")
    data = str(functions.parent / ".coverage")
    run(
        "pytest",
        f"--junitxml={junit}",
        *cover,
        FEEDBACK_FUNCTIONS=str(functions),
        COVERAGE_FILE=data,
    )
    report = ElementTree.parse(junit)  # noqa: S314 - pytest has written it just now
    for element in report.iter():
        for name in TRANSIENT:
            element.attrib.pop(name, None)
    report.write(junit, encoding="utf-8", xml_declaration=True)
    created = datetime.fromisoformat(source["created_at"])
    text = coverage.read_text().replace(str(functions), "functions")
    coverage.write_text(
        re.sub(r'timestamp="\d+"', f'timestamp="{created.timestamp():.0f}000"', text)
    )
    return not any(report.iter("failure")) and not any(report.iter("error"))


def checked(functions: Path) -> str:
    """Analyse the source with ruff: SARIF."""
    rules = ("--isolated", "--no-cache", "--line-length", 100, "--select", RULES)
    report = json.loads(
        run("ruff", "check", *rules, "--output-format", "sarif", ".", cwd=functions)
    )
    text = json.dumps(report, indent=2)
    return text.replace(functions.as_uri(), "functions") + "\n"


def searched(functions: Path) -> str:
    """Look for secrets with detect-secrets, and put what it finds into SARIF."""
    found = json.loads(run("detect_secrets", "scan", "--all-files", ".", cwd=functions))
    results = [
        {
            "ruleId": secret["type"],
            "level": "error",
            "message": {"text": f"{secret['type']}: a possible secret"},
            "locations": [place(name, secret["line_number"])],
        }
        for name, secrets in sorted(found["results"].items())
        for secret in secrets
    ]
    driver = {"name": "detect-secrets", "version": found["version"]}
    driver["informationUri"] = "https://github.com/Yelp/detect-secrets"
    driver["rules"] = [{"id": plugin["name"]} for plugin in found["plugins_used"]]
    report = {"$schema": SARIF, "version": "2.1.0"}
    report["runs"] = [{"tool": {"driver": driver}, "results": results}]
    return json.dumps(report, indent=2) + "\n"


def place(name: str, line: int) -> dict:
    """Give a SARIF location."""
    artifact = {"uri": f"functions/{name}"}
    return {"physicalLocation": {"artifactLocation": artifact, "region": {"startLine": line}}}


def listed(source: dict, folder: Path) -> str:
    """List what the zips hold with cyclonedx-py, and what is known against it with pip-audit.

    A dependency that could not be looked up ends the run: an empty list of vulnerabilities
    would say more than is known.
    """
    project = folder / "pyproject.toml"
    project.write_text(f'[project]\nname = "{source["system"]}"\nversion = "{source["version"]}"\n')
    options = ("--output-reproducible", "--pyproject", project, "--sv", "1.6")
    bom = json.loads(run("cyclonedx_py", "requirements", *options, "requirements.txt"))
    for tool in bom["metadata"]["tools"]["components"]:
        tool.pop("externalReferences", None)  # the tools' home pages are no evidence
    bom.setdefault("components", [])
    bom["vulnerabilities"] = []
    audit = run("pip_audit", "-r", "requirements.txt", "-f", "json", "--progress-spinner", "off")
    for dependency in json.loads(audit)["dependencies"]:
        if "skip_reason" in dependency:
            raise SystemExit(f"pip-audit: {dependency['skip_reason']}")
        affected = [
            {"ref": component["bom-ref"]}
            for component in bom["components"]
            if component["name"] == dependency["name"]
        ]
        bom["vulnerabilities"] += [
            {"id": known["id"], "ratings": [{"severity": "unknown"}], "affects": affected}
            for known in dependency["vulns"]
        ]
    return json.dumps(bom, indent=2) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or sorted(path.name for path in (HERE / "releases").iterdir())))

"""A small system and a release of it, for the tests of what promotions do with them."""

import hashlib
import json
from typing import Any

from schemas.validation import check

DIGEST = "d" * 64


def environment(name: str, **fields: Any) -> dict[str, Any]:
    """Describe an environment; what is not given is the schema's default."""
    return {"name": name, "stack": f"shop-{name}", **fields}


def system(*environments: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Give a system's manifest with its defaults filled in: dev, staging, prod by default."""
    manifest = {
        "name": "shop",
        "environments": list(environments)
        or [environment("dev"), environment("staging"), environment("prod")],
        "components": [
            {"name": "buy", "type": "lambda", "function": "shop-{environment}-buy"},
            {"name": "browse", "type": "lambda", "function": "shop-{environment}-browse"},
            {"name": "site", "type": "static_site", "bucket": "shop-{environment}-site-{account}"},
        ],
        **fields,
    }
    return check(manifest, "system")


def file(path: str, **fields: Any) -> dict[str, Any]:
    """Name an object of a release; its digest is its path's."""
    return {"path": path, "sha256": hashlib.sha256(path.encode()).hexdigest(), **fields}


def release(version: str = "1.1.0", **fields: Any) -> dict[str, Any]:
    """Give a published release's manifest."""
    manifest = {
        "system": "shop",
        "version": version,
        "created_at": "2026-01-01T00:00:00Z",
        "source": {"revision": "abc", "repository": "https://example.com/shop"},
        "template": file("template.json"),
        "parameters": {"FunctionMemory": "256"},
        "functions": [
            {"component": "buy", **file("functions/buy.zip", bytes=1)},
            {"component": "browse", **file("functions/browse.zip", bytes=1)},
        ],
        "site": {
            "component": "site",
            "prefix": "site/",
            "files": [
                file("site/index.html", bytes=1, content_type="text/html"),
                file("site/a/app.js", bytes=1, content_type="text/javascript"),
            ],
        },
        "evidence": {
            "tests": [file("evidence/junit.xml")],
            "coverage": [file("evidence/coverage.xml")],
            "static_analysis": [file("evidence/lint.sarif")],
            "secrets": [],
            "dependencies": [file("evidence/sbom.json")],
        },
        **fields,
    }
    return check(manifest, "release")


def encoded(manifest: dict[str, Any]) -> tuple[bytes, str]:
    """Give a manifest's bytes and their digest."""
    content = json.dumps(manifest).encode()
    return content, hashlib.sha256(content).hexdigest()


def plan(**fields: Any) -> dict[str, Any]:
    """Give the plan to promote shop 1.1.0 to staging, where 1.0.0 is live."""
    from tasks.plans import lay_out

    shop = system()
    made = lay_out(shop, shop["environments"][1], release(), DIGEST, "123456789012")
    previous = {"release": "1.0.0", "digest": "c" * 64}
    return {**made, "already_live": False, "previous": previous, **fields}

"""Who the registries of the tests know."""

import base64
import json
from pathlib import Path

from lab.cluster import REGISTRY_NAME

USER = "puller"
PASSWORD = "not-a-secret-outside-this-test"
CREDENTIALS = f"{USER}:{PASSWORD}"


def encoded(password: str) -> str:
    """As in a Basic header and in docker's config.json."""
    return base64.b64encode(f"{USER}:{password}".encode()).decode()


def write_docker_config(folder: Path, password: str) -> Path:
    path = folder / "docker-config.json"
    path.write_text(json.dumps({"auths": {REGISTRY_NAME: {"auth": encoded(password)}}}))
    return path

"""Debian's Prometheus, scraping daemons of the laboratory every second."""

import json
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from lab.process import Process
from lab.shoal import ADMIN_PORT, Shoal
from lab.waiting import wait_until

SCRAPE_SECONDS = 1
BAD_REQUEST = 400


@dataclass
class Prometheus:
    folder: Path
    address: str
    port: int
    daemons: list[Shoal]
    rules: Path
    process: Process | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        return f"http://{self.address}:{self.port}"

    def start(self) -> "Prometheus":
        """Returns when it has scraped every daemon twice, so that rates exist."""
        self.folder.mkdir(parents=True, exist_ok=True)
        config = self.folder / "prometheus.json"  # JSON is YAML too
        config.write_text(json.dumps(self._config()))
        subprocess.run(["promtool", "check", "config", config], check=True, capture_output=True, timeout=30)
        self.process = Process("prometheus", [
            "prometheus", f"--config.file={config}", f"--web.listen-address={self.address}:{self.port}",
            f"--storage.tsdb.path={self.folder / 'data'}"], self.folder / "prometheus.log")
        wait_until("Prometheus to have scraped every daemon twice", self._scraped_all_twice, 60.0)
        return self

    def stop(self) -> int:
        return self.process.stop() if self.process else 0

    def query(self, expression: str) -> list[dict]:
        """The series that it gives now.   Raises  AssertionError where it is no query."""
        body = urllib.parse.urlencode({"query": expression}).encode()
        try:
            with urllib.request.urlopen(f"{self.url}/api/v1/query", body, timeout=30) as response:
                return json.load(response)["data"]["result"]
        except urllib.error.HTTPError as error:
            if error.code != BAD_REQUEST:  # 503 while it starts
                raise
            raise AssertionError(f"{expression}: {error.read().decode(errors='replace')}") from error

    def rule_health(self) -> dict[str, str]:
        """Name -> "ok", "err" or "unknown" (not evaluated yet)."""
        with urllib.request.urlopen(f"{self.url}/api/v1/rules", timeout=30) as response:
            groups = json.load(response)["data"]["groups"]
        return {rule["name"]: rule["health"] for group in groups for rule in group["rules"]}

    def _config(self) -> dict:
        targets = [f"{daemon.address}:{ADMIN_PORT}" for daemon in self.daemons]
        return {
            "global": {"scrape_interval": f"{SCRAPE_SECONDS}s", "evaluation_interval": f"{SCRAPE_SECONDS}s"},
            "rule_files": [str(self.rules)],
            "scrape_configs": [{"job_name": "shoal", "static_configs": [{"targets": targets}]}],
        }

    def _scraped_all_twice(self) -> bool:
        assert self.process
        self.process.require_running()
        try:
            found = self.query('count_over_time(up{job="shoal"}[1h]) >= 2 and up == 1')
        except OSError:
            return False
        return len(found) == len(self.daemons)

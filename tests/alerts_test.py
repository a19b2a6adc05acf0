#!/usr/bin/env python3
"""Every alert of config/alerts fires when it should, alone, and stays quiet when it should.

promtool (Debian's prometheus) judges; each case is a few series in its notation, a value a minute.
"""

import json
import re
import subprocess
import tempfile
import unittest
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
RULES = REPOSITORY / "config/alerts/shoal.yaml"
RUNBOOKS = REPOSITORY / "docs/runbooks.md"
NODE = 'instance="n1"'


@dataclass(frozen=True)
class Case:
    fires: dict[str, str]
    quiet: dict[str, str]
    at: str = "40m"


def one_counter(name: str, labels: str = "", step: int = 60) -> Case:
    series = f"{name}{{{NODE}{labels}}}"
    return Case({series: f"0+{step}x90"}, {series: "7+0x90"})


MIRROR = f'shoal_http_requests_total{{port="mirror",kind="blob",{NODE},code='
UPSTREAM = f'shoal_upstream_requests_total{{registry="docker.io",{NODE},code='
ENDED = f"shoal_downloads_total{{{NODE},outcome="
ENDPOINTS = f'shoal_discovery_endpoints{{{NODE},source="dns"}}'
EXPIRY = f"shoal_tls_certificate_expiry_timestamp_seconds{{{NODE}}}"
REDUNDANT = f'shoal_redundant_bytes_total{{{NODE},source="peer"}}'
RECEIVED = f'shoal_received_bytes_total{{{NODE},source="peer"}}'
DAY = 86400

CASES = {
    "ShoalDown": Case({f'up{{job="monitoring/shoal",{NODE}}}': "0x90"},
                      {f'up{{job="monitoring/shoal",{NODE}}}': "1x35 0 0 0 0 1x50",
                       f'up{{job="other",{NODE}}}': "0x90"}),
    "ShoalMirrorErrors": Case({MIRROR + '"200"}': "0+90x90", MIRROR + '"503"}': "0+10x90"},
                              {MIRROR + '"200"}': "0+99x90", MIRROR + '"503"}': "0+1x90",
                               MIRROR + '"404"}': "0+50x90"}),
    "ShoalClientsRefused": one_counter("shoal_http_refused_connections_total", ',port="mirror"'),
    "ShoalDownloadsFail": Case({ENDED + '"failed"}': "0+1x90", ENDED + '"complete"}': "0+5x90"},
                               {ENDED + '"failed"}': "0+1x90", ENDED + '"complete"}': "0+50x90"}),
    "ShoalUpstreamErrors": Case({UPSTREAM + '"200"}': "0+7x90", UPSTREAM + '"error"}': "0+3x90"},
                                {UPSTREAM + '"200"}': "0+9x90", UPSTREAM + '"500"}': "0+1x90"}),
    "ShoalRateLimited": Case({UPSTREAM + '"429"}': "_x35 1x60"}, {UPSTREAM + '"429"}': "1x90"}),
    "ShoalNodeAlone": Case({f"shoal_peers{{{NODE}}}": "0x90", ENDPOINTS: "3x90"},
                           {f"shoal_peers{{{NODE}}}": "0x90", ENDPOINTS: "1x90"}),
    "ShoalDiscoveryFails": one_counter("shoal_discovery_errors_total", ',source="dns"', 1),
    "ShoalPeerBanned": one_counter("shoal_peers_banned_total", ',reason="bad_bytes"', 1),
    "ShoalCorruptDownloads": one_counter("shoal_corrupt_downloads_total"),
    "ShoalWastedBytes": Case({REDUNDANT: "0+30x200", RECEIVED: "0+100x200"},
                             {REDUNDANT: "0+10x200", RECEIVED: "0+100x200"}, at="90m"),
    "ShoalHandshakesFail": Case({f"shoal_tls_handshake_failures_total{{{NODE}}}": "0+12x90"},
                                {f"shoal_tls_handshake_failures_total{{{NODE}}}": "0+3x90"}),
    "ShoalCertificateExpires": Case({EXPIRY: f"{13 * DAY}x200"}, {EXPIRY: f"{15 * DAY}x200", EXPIRY.replace("n1", "n2"): "0x200"},
                                    at="90m"),
    "ShoalDiskErrors": one_counter("shoal_store_errors_total"),
    "ShoalStoreCorrupt": one_counter("shoal_store_corrupt_pieces_total"),
}


class AlertsTest(unittest.TestCase):
    def promtool(self, *arguments: str | Path) -> None:
        done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def judge(self, series: dict[str, str], at: str, firing: list[str]) -> None:
        test = {
            "interval": "1m",
            "input_series": [{"series": name, "values": values} for name, values in series.items()],
            "promql_expr_test": [{
                "expr": 'count by (alertname) (ALERTS{alertstate="firing"})', "eval_time": at,
                "exp_samples": [{"labels": f'{{alertname="{name}"}}', "value": 1} for name in firing]}],
        }
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "test.json"  # JSON is YAML too
            file.write_text(json.dumps({"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": [test]}))
            self.promtool("test", "rules", file)

    def test_rules_are_well_formed(self) -> None:
        self.promtool("check", "rules", RULES)

    def test_there_is_a_case_and_a_runbook_for_every_alert(self) -> None:
        rules = RULES.read_text()
        alerts = re.findall(r"- alert: (\w+)", rules)
        self.assertEqual(sorted(alerts), sorted(CASES))
        self.assertEqual(re.findall(r"^## (\w+)$", RUNBOOKS.read_text(), re.MULTILINE), alerts)
        self.assertEqual(re.findall(r"runbook: docs/runbooks.md#(\w+)", rules), [name.lower() for name in alerts])

    def test_every_alert_fires_alone(self) -> None:
        for name, case in CASES.items():
            with self.subTest(alert=name):
                self.judge(case.fires, case.at, [name])

    def test_every_alert_stays_quiet(self) -> None:
        for name, case in CASES.items():
            with self.subTest(alert=name):
                self.judge(case.quiet, case.at, [])

    def test_a_wrong_expectation_is_noticed(self) -> None:
        case = CASES["ShoalDiskErrors"]
        with self.assertRaises(AssertionError):
            self.judge(case.fires, case.at, [])


if __name__ == "__main__":
    unittest.main()

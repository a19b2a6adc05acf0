"""The load test's pure parts: what it computes, reads and writes. No root, no network."""

import contextlib
import io
import json
import tempfile
import unittest
from pathlib import Path

from lab.errors import LabError
from swarmlab.access_log import covered_bytes, parse_access_log
from swarmlab.as_json import json_of
from swarmlab.bound import Links, lower_bound
from swarmlab.chart import thinned, ticks
from swarmlab.client import parse_result
from swarmlab.content import make_content, mixed_sizes
from swarmlab.figures import Figures, NodeFigures, Reference
from swarmlab.member import parse_metrics, received_by_source
from swarmlab.network import Traffic, parse_counters
from swarmlab.options import parse_options, plans_of
from swarmlab.plan import Plan
from swarmlab.presets import PRESETS, TABLE
from swarmlab.report import html_of
from swarmlab.sampler import Sample, Totals, Usage, busy_share, parse_processor, parse_usage
from swarmlab.scenarios import CONDUCTORS
from swarmlab.script import Scripts
from swarmlab.shaping import FewTimers
from swarmlab.summary import markdown_table, summary_line
from swarmlab.units import parse_bytes, parse_rate, show_bytes

MEBIBYTE = 1 << 20
DIGEST = "sha256:" + "a" * 64
OTHER = "sha256:" + "b" * 64


class BoundTest(unittest.TestCase):
    def test_the_registry_is_the_limit(self):
        bound = lower_bound(16, 128 * MEBIBYTE, Links(50_000_000, 25_000_000))
        self.assertAlmostEqual(bound.seconds, 42.95, places=2)
        self.assertEqual(bound.seconds, bound.origin)

    def test_the_nodes_are_the_limit(self):
        bound = lower_bound(16, 128 * MEBIBYTE, Links(50_000_000, 200_000_000))
        self.assertEqual(bound.seconds, bound.node)

    def test_all_links_together(self):
        # 4 x 8000 bits leave through 1000 + 4 x 1000 bits a second.
        self.assertEqual(lower_bound(4, 1000, Links(1000, 1000)).together, 32_000 / 5000)

    def test_without_limits_there_is_no_bound(self):
        self.assertEqual(lower_bound(4, 1000, Links(None, None)).seconds, 0.0)

    def test_a_late_start_moves_the_bound(self):
        plan = PRESETS["stagger"]
        self.assertEqual(plan.bound_seconds(0.0), plan.bound.seconds)
        self.assertEqual(plan.bound_seconds(100.0), 100.0 + plan.bound.node)

    def test_without_shoal_the_registry_sends_every_copy(self):
        plan = Plan("flash", 16, [128 * MEBIBYTE], Links(50_000_000, 25_000_000), is_baseline=True)
        self.assertAlmostEqual(plan.bound_seconds(), 16 * plan.bound.origin)


class UnitsTest(unittest.TestCase):
    def test_sizes(self):
        self.assertEqual(parse_bytes("128MiB"), 128 * MEBIBYTE)
        self.assertEqual(parse_bytes("1.5 GiB"), 3 << 29)
        self.assertEqual(show_bytes(128 * MEBIBYTE), "128 MiB")
        self.assertEqual(show_bytes(1023 * MEBIBYTE), "1023 MiB")

    def test_rates(self):
        self.assertEqual(parse_rate("12.5"), 12_500_000)
        self.assertEqual(parse_rate("1gbit"), 10**9)
        self.assertIsNone(parse_rate("none"))

    def test_what_is_neither_is_refused(self):
        for text in ("", "0", "-1", "MiB", "12 parsecs", "1e9", "1.2.3"):
            self.assertRaises(ValueError, parse_bytes, text)
            self.assertRaises(ValueError, parse_rate, text)


class AccessLogTest(unittest.TestCase):
    def line(self, method="GET", status=206, sent=10, name=DIGEST, span="bytes 0-9/100"):
        return f"1700000000.123 10.77.1.10 {method} {status} {sent} /v2/swarm/model/blobs/{name} {span}\n"

    def test_ranges_and_partial_answers_count_what_was_sent(self):
        answers = parse_access_log(self.line(sent=4) + self.line(status=200, sent=100, span="-"))
        self.assertEqual([(answer.offset, answer.sent) for answer in answers], [(0, 4), (0, 100)])
        self.assertEqual(answers[0].client, "10.77.1.10")

    def test_only_answers_with_bytes_of_blobs_count(self):
        other = "1.0 10.0.0.1 GET 200 500 /v2/swarm/model/manifests/1.0 -\n"
        text = other + self.line(method="HEAD") + self.line(status=404) + self.line(name="sha256:x") + "rubbish\n"
        self.assertEqual(parse_access_log(text), [])
        self.assertEqual(parse_access_log(self.line()[:30]), [])

    def test_covered_bytes_count_once(self):
        spans = [(0, 10), (5, 10), (0, 3), (50, 10)]
        text = "".join(self.line(sent=sent, span=f"bytes {offset}-99/100") for offset, sent in spans)
        answers = parse_access_log(text + self.line(name=OTHER, span="bytes 20-29/100"))
        self.assertEqual(covered_bytes(answers, DIGEST), 25)
        self.assertEqual(covered_bytes(answers, OTHER), 10)


class ReadersTest(unittest.TestCase):
    def test_counters_of_links(self):
        text = ("Inter-| Receive | Transmit\n face |bytes packets\n"
                "    lo: 1 0 0 0 0 0 0 0 2 0 0 0 0 0 0 0\n node1:100 1 0 0 0 0 0 0 200 2 0 0 0 0 0 0\n")
        self.assertEqual(parse_counters(text)["node1"], Traffic(up=100, down=200))
        self.assertRaises(LabError, parse_counters, "a\nb\nnode1: 1 2\n")

    def test_metrics_by_source(self):
        text = ('# HELP x\nshoal_peers 3\nshoal_received_bytes_total{source="peer"} 5e+06\n'
                'shoal_received_bytes_total{source="disk"} 7\n')
        metrics = parse_metrics(text)
        self.assertEqual(metrics["shoal_peers"], 3)
        self.assertEqual(received_by_source(metrics), {"peer": 5_000_000, "disk": 7})

    def test_usage_of_a_process_with_an_odd_name(self):
        stat = "7 (a) b (c) S 1 7 7 0 -1 0 0 0 0 0 150 50 0 0 20 0 4 0 0 0 0"
        status = "Name:\tx\nVmHWM:\t  30 kB\nVmRSS:\t  20 kB\nRssAnon:\t  10 kB\nThreads:\t4\n"
        usage = parse_usage(stat, status)
        self.assertEqual((usage.resident_bytes, usage.anonymous_bytes, usage.resident_bytes_peak),
                         (20 << 10, 10 << 10, 30 << 10))
        self.assertAlmostEqual(usage.system_seconds / usage.cpu_seconds, 0.25)

    def test_busy_share_leaves_waiting_for_disks_out(self):
        before = parse_processor("cpu 0 0 0 0 0 0 0 0 0 0\n")
        after = parse_processor("cpu 20 0 5 50 20 0 5 0 9 0\n")
        self.assertAlmostEqual(busy_share(before, after), 0.3)
        self.assertEqual(busy_share(after, after), 0.0)

    def test_totals_go_on_over_a_restart(self):
        totals = Totals()
        totals.add(Usage(5.0, 1.0, 0, 3, 9), Usage())
        totals.add(Usage(1.0, 0.5, 0, 2, 4), Usage())
        self.assertEqual((totals.cpu_seconds, totals.system_seconds), (6.0, 1.5))
        self.assertEqual((totals.anonymous_bytes_peak, totals.resident_bytes_peak), (3, 9))

    def test_figures_of_a_pull(self):
        mirror = {"seconds": 2.0, "verified": False, "bytes": 5, "first_byte_seconds": None, "resumes": 1,
                  "error": {"code": "timeout", "message": "too long"}, "timeline": [[0.5, 1], [2.0, 5]]}
        result = parse_result(json.dumps({"mirrors": [mirror]}))
        self.assertEqual(result.error, "timeout: too long")
        self.assertEqual(result.timeline, [(0.5, 1), (2.0, 5)])
        for text in ("", "{}", '{"mirrors": []}', '{"mirrors": [{"error": 7}]}'):
            self.assertRaises(ValueError, parse_result, text)


class FewTimersTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.parameter = Path(folder.name) / "htb_hysteresis"

    def test_it_is_on_for_a_while(self) -> None:
        self.parameter.write_text("0\n")
        timers = FewTimers(self.parameter)
        self.assertEqual(int(self.parameter.read_text()), 1)
        timers.stop()
        self.assertEqual(int(self.parameter.read_text()), 0)

    def test_what_somebody_else_turned_on_stays_on(self) -> None:
        self.parameter.write_text("1\n")
        FewTimers(self.parameter).stop()
        self.assertEqual(int(self.parameter.read_text()), 1)

    def test_of_two_runs_the_first_decides(self) -> None:
        self.parameter.write_text("0\n")
        first, second = FewTimers(self.parameter), FewTimers(self.parameter)
        second.stop()
        self.assertEqual(int(self.parameter.read_text()), 1)
        first.stop()
        self.assertEqual(int(self.parameter.read_text()), 0)

    def test_links_do_without(self) -> None:
        FewTimers(self.parameter).stop()
        self.assertFalse(self.parameter.exists())
        self.parameter.write_text("what?\n")
        FewTimers(self.parameter).stop()
        self.assertEqual(self.parameter.read_text(), "what?\n")


class ContentTest(unittest.TestCase):
    def test_the_same_seed_gives_the_same_image(self):
        with tempfile.TemporaryDirectory() as folder:
            one, two, other = (make_content(Path(folder) / name, [3000, 5], seed)
                               for name, seed in (("one", 1), ("two", 1), ("other", 2)))
            self.assertEqual(one.manifest_digest, two.manifest_digest)
            self.assertNotEqual(one.manifest_digest, other.manifest_digest)
            self.assertEqual(one.blobs[one.largest_blob], 3000)
            self.assertEqual(one.blob_file(one.largest_blob).stat().st_size, 3000)

    def test_mixed_layers_are_the_whole(self):
        self.assertEqual(len(mixed_sizes(256 * MEBIBYTE)), 8)
        self.assertEqual(sum(mixed_sizes(12_345_678)), 12_345_678)


class ScriptsTest(unittest.TestCase):
    def test_scripts_advance_side_by_side(self):
        seen, gates = [], {"a": False, "b": False}

        def script(name):
            yield lambda: gates[name]
            seen.append(name)
            yield lambda: True
            seen.append(name + " again")

        scripts = Scripts([script("a"), script("b")])
        scripts.step()
        self.assertEqual(seen, [])
        gates["b"] = True
        scripts.step()
        scripts.step()
        self.assertEqual(seen, ["b", "b again"])
        self.assertFalse(scripts.are_done)
        gates["a"] = True
        scripts.step()
        scripts.step()
        self.assertTrue(scripts.are_done)


class OptionsTest(unittest.TestCase):
    def plan(self, *words):
        return plans_of(parse_options(words))[0]

    def test_a_scenario_alone_is_its_row(self):
        self.assertEqual(self.plan("flash").links, Links(50_000_000, 25_000_000))
        self.assertEqual(len(plans_of(parse_options(["table"]))), len(TABLE))
        self.assertEqual(set(PRESETS), set(CONDUCTORS))

    def test_flags_change_it(self):
        plan = self.plan("image", "--nodes", "3", "--size", "8MiB", "--link", "none", "--piece", "1MiB")
        self.assertEqual((plan.nodes, plan.size_bytes, len(plan.layer_bytes)), (3, 8 * MEBIBYTE, 8))
        self.assertEqual(plan.links, Links(None, 50_000_000))
        self.assertEqual(plan.settings, ["swarm.piece_size=1048576"])

    def test_nonsense_is_refused(self):
        for words in (["none"], ["flash", "--nodes", "0"], ["flash", "--size", "x"], ["table", "--nodes", "3"],
                      ["poison", "--baseline"], ["flash", "--runs", "-1"]):
            with self.assertRaises(SystemExit), contextlib.redirect_stderr(io.StringIO()):
                parse_options(words)


class OutputTest(unittest.TestCase):
    def figures(self, **changes):
        traffic = {"upstream": Traffic(2000, 10), "node1": Traffic(0, 900), "node2": Traffic(0, 1000)}
        nothing = {port: Traffic(0, 0) for port in traffic}
        samples = [Sample(100.0, 0.0, {}, nothing),
                   Sample(101.0, 0.5, {"node-1": Usage(1.0, 0.5, MEBIBYTE, 10, MEBIBYTE)}, traffic),
                   Sample(102.5, 0.7, {"node-1": Usage(1.5, 0.6, MEBIBYTE, 10, MEBIBYTE)}, traffic)]
        nodes = [NodeFigures(f"node-{number + 1}", number, 0.0, 2.0 + number, True, None, 1, 0.1,
                             [(1.0, 400), (2.0 + number, 1000)], {"peer": 600, "upstream": 400},
                             Totals(1.5, 0.6, MEBIBYTE, 10)) for number in range(2)]
        plan = Plan("churn", 2, [1000], Links(8000, 4000))
        return Figures(**{"plan": plan, "bound_seconds": 2.0, "start": 100.0, "nodes": nodes,
                          "upstream_bytes": 1010, "content_bytes": 1000, "samples": samples, "processors": 2, "busy_share_before": 0.0,
                          "events": ["1.2 s: <node-1> killed"], **changes})

    def test_the_line_has_what_counts(self):
        line = summary_line(self.figures())
        for words in ("bound 2.00 s", "last 3.00 s (1.500 x)", "median 2.50 s (1.250 x)", "upstream 1.010 copies",
                      "peer 1.17 KiB, upstream 800 B", "verified yes"):
            self.assertIn(words, line)

    def test_a_reference_is_compared(self):
        line = summary_line(self.figures(reference=Reference(1000.0, 1000.0)))
        self.assertIn("are 0.67 x what nginx with TLS to curl did", line)

    def test_what_the_registry_sent_after_the_cut(self):
        self.assertIsNone(self.figures().upstream_bytes_after_cut())
        self.assertEqual(self.figures(cut_at=99.5).upstream_bytes_after_cut(), 0)

    def test_the_page_is_whole_and_needs_nothing_else(self):
        page = html_of([self.figures()])
        self.assertIn("&lt;node-1&gt; killed", page)
        self.assertNotIn("<node-1>", page)
        for outside in ("http:", "https:", "src=", "@import", "url(", "<script", "<link"):
            self.assertNotIn(outside, page)
        self.assertEqual(page.count("<svg"), page.count("</svg>"))
        self.assertNotIn("nan", page)

    def test_the_page_without_links_limits_or_daemons(self):
        plan = Plan("model", 2, [1000], Links(None, None), is_baseline=True)
        self.assertIn("</html>", html_of([self.figures(plan=plan, bound_seconds=0.0)]))

    def test_json_and_table_say_the_same(self):
        run = json.loads(json_of([self.figures()]))["runs"][0]
        self.assertEqual((run["ratio"], run["verified"], run["members"][1]["seconds"]), (1.5, True, 3.0))
        self.assertIn("| churn | 2 |", markdown_table([self.figures()]))

    def test_ticks_are_round(self):
        self.assertEqual(ticks(10), [0, 2, 4, 6, 8, 10])
        self.assertEqual(ticks(1.05), [0, 0.2, 0.4, 0.6, 0.8, 1.0])
        self.assertEqual(ticks(0), [0.0])

    def test_long_lines_are_thinned_but_keep_their_end(self):
        points = [(float(x), float(x)) for x in range(10_000)]
        self.assertLess(len(thinned(points)), 302)
        self.assertEqual(thinned(points)[-1], points[-1])
        self.assertEqual(list(thinned(points[:2])), points[:2])


if __name__ == "__main__":
    unittest.main()

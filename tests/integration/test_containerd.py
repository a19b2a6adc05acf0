"""`shoal containerd`, judged by the real containerd: what it reads of the files, and what it pulls."""

import json
import subprocess
from pathlib import Path

from laboratory import REFERENCE, REPOSITORY_NAME, LaboratoryTest
from lab.cluster import NOWHERE, REGISTRY_NAME, Node
from lab.process import Process, our_environment
from lab.shoal import shoal_binary
from lab.small_image import TAG
from lab.waiting import wait_until


class ContainerdTest(LaboratoryTest):
    def shoal(self, *words: str | Path, status: int = 0) -> str:
        done = subprocess.run([shoal_binary(), "containerd", *words], env=our_environment(), text=True,
                              capture_output=True, timeout=60)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout

    def configure(self, node: Node, *words: str) -> None:
        self.shoal("configure", "--certs-dir", node.containerd.hosts, "--mirror", node.shoal.mirror_url, *words)

    def users_file(self, node: Node, server: str) -> Path:
        """A hosts.toml that knows nothing of Shoal, with a host of the user's that is down."""
        file = node.containerd.hosts / REGISTRY_NAME / "hosts.toml"
        file.write_text(f'# Ours\nserver = "{server}"\n\n# Down\n[host."{NOWHERE}"]\n'
                        '  capabilities = ["pull", "resolve"]')
        return file

    def test_pull_goes_through_the_mirror_and_past_it_when_it_is_down(self) -> None:
        registry = self.start_registry()
        [node] = self.start_nodes(1, registry.url)
        file = self.users_file(node, registry.url)
        before = file.read_bytes()
        self.configure(node, "--registry", REGISTRY_NAME)
        node.containerd.fetch(REFERENCE)
        self.require_image(node)
        self.assertGreaterEqual(node.received_bytes()[0], self.image.blob_bytes())
        node.shoal.stop()
        # A tag is asked for anew at every pull, so this one has to find the registry.
        node.containerd.fetch(REFERENCE)
        self.shoal("restore", "--certs-dir", node.containerd.hosts)
        self.assertEqual(file.read_bytes(), before)
        self.assertEqual([entry.name for entry in file.parent.iterdir()], ["hosts.toml"])
        node.containerd.fetch(REFERENCE)

    def test_default_folder_stands_for_every_registry(self) -> None:
        registry = self.start_registry()
        [node] = self.start_nodes(1, registry.url, registries={registry.host: {"url": registry.url}})
        reference = f"{registry.host}/{REPOSITORY_NAME}:{TAG}"
        self.configure(node)
        node.containerd.fetch(reference, "--plain-http")
        self.require_image(node)
        self.assertGreaterEqual(node.received_bytes()[0], self.image.blob_bytes())
        node.shoal.stop()
        node.containerd.fetch(reference, "--plain-http")
        self.shoal("restore", "--certs-dir", node.containerd.hosts)
        self.assertFalse((node.containerd.hosts / "_default").exists())
        node.containerd.fetch(reference, "--plain-http")

    def test_files_have_the_mirror_while_it_is_kept(self) -> None:
        registry = self.start_registry()
        [node] = self.start_nodes(1, registry.url)
        file = self.users_file(node, registry.url)
        before = file.read_bytes()
        refused = node.containerd.hosts / "refused.example" / "hosts.toml"
        refused.parent.mkdir()
        refused.write_text("host = 1\n")
        keep = Process("keep", [shoal_binary(), "containerd", "keep", "--every-folder", "--certs-dir",
                                node.containerd.hosts, "--mirror", node.shoal.mirror_url],
                       self.workspace.folder / "keep.log")
        self.workspace.stopping(keep)
        wait_until("all files to be gone through", lambda: "mirror put first" in keep.log_text())
        self.assertIn("refused.example", keep.log_text())
        node.containerd.fetch(REFERENCE)
        self.assertGreaterEqual(node.received_bytes()[0], self.image.blob_bytes())
        # One file that nothing can be put into does not keep the others from their mirror.
        self.assertEqual(keep.stop(), 0)
        self.assertEqual(file.read_bytes(), before)
        self.assertEqual(refused.read_text(), "host = 1\n")
        self.assertEqual(sorted(entry.name for entry in node.containerd.hosts.iterdir()),
                         ["refused.example", REGISTRY_NAME])

    def test_check_reads_what_the_real_containerd_runs_with(self) -> None:
        registry = self.start_registry()
        [node] = self.start_nodes(1, registry.url)
        words = ("check", "--config", node.containerd.folder / "config.toml", "--certs-dir", node.containerd.hosts,
                 "--mirror", node.shoal.mirror_url, "--json")
        found = json.loads(self.shoal(*words, status=1))
        # The laboratory's containerds serve `ctr` alone.
        self.assertEqual([finding["code"] for finding in found["findings"]], ["cri_disabled"])
        self.assertEqual(found["config_path"], str(node.containerd.hosts))
        default = self.workspace.folder / "default.toml"
        default.write_text(subprocess.run(["containerd", "config", "default"], capture_output=True, text=True,
                                          check=True).stdout)
        found = json.loads(self.shoal("check", "--config", default, *words[3:], status=1))
        self.assertEqual([finding["code"] for finding in found["findings"]], ["no_config_path"])
        corrected = default.read_text().replace('config_path = ""', f'config_path = "{node.containerd.hosts}"', 1)
        default.write_text(corrected)
        self.assertEqual(json.loads(self.shoal("check", "--config", default, *words[3:]))["findings"], [])

    def test_wrong_arguments_are_refused(self) -> None:
        folder = self.workspace.folder / "certs.d"
        self.shoal("configure", "--certs-dir", folder, "--mirror", "here", status=2)
        self.shoal("configure", "--certs-dir", folder, "--registry", "../etc", status=2)
        self.assertFalse(folder.exists())
        folder.write_text("no folder")
        self.shoal("configure", "--certs-dir", folder, status=1)
        self.shoal("restore", "--certs-dir", folder, status=2)

"""The Debian package on a clean Debian: installed, used, upgraded, removed, purged."""

import subprocess
import urllib.request

from laboratory import REFERENCE, LaboratoryTest
from lab.cluster import NOWHERE, REGISTRY_NAME
from lab.containerd import Containerd
from lab.debian_root import DebianRoot, clean_root
from lab.package import make_package
from lab.process import Process
from lab.shoal import ADMIN_PORT, MIRROR_PORT, wait_until_ready

CERTS = "etc/containerd/certs.d"
USERS_LINE = "# A line of the administrator's.\n"


class PackageTest(LaboratoryTest):
    def make_package(self, root: DebianRoot, *options: str) -> str:
        """Puts a package into the root; returns its path there."""
        made = make_package(self.workspace.folder / "packages", *options)
        made.rename(root / made.name)
        return f"/{made.name}"

    def start_daemon(self, root: DebianRoot, registry_url: str) -> str:
        """As the service starts it, but for addresses and a registry of the laboratory; returns its mirror."""
        address = self.subnet[11]
        daemon = Process("shoal", root.command(
            "shoal", "serve", "--config", "/etc/shoal/shoal.toml", "--mirror-listen", f"{address}:{MIRROR_PORT}",
            "--admin-listen", f"{address}:{ADMIN_PORT}", "--set", f'registries."{REGISTRY_NAME}".url={registry_url}',
            user="shoal"), self.workspace.folder / "shoal.log")
        self.daemon = self.workspace.stopping(daemon)
        wait_until_ready(daemon, f"http://{address}:{ADMIN_PORT}")
        return f"http://{address}:{MIRROR_PORT}"

    def containerd_of(self, root: DebianRoot) -> Containerd:
        """A containerd that reads the root's files."""
        containerd = Containerd(self.workspace.folder / "containerd")
        containerd.folder.mkdir()
        containerd.hosts.symlink_to(root / CERTS)
        return self.workspace.stopping(containerd).start()

    def test_package_lives_and_dies_on_a_clean_debian(self) -> None:
        registry = self.start_registry()
        root = clean_root(self.workspace.folder / "root")
        hosts = root / CERTS / REGISTRY_NAME / "hosts.toml"
        hosts.parent.mkdir(parents=True)
        hosts.write_text(f'server = "{NOWHERE}"')
        package = self.make_package(root)
        root.apt("update")

        root.apt("install", package)
        self.require_installed(root)
        mirror = self.start_daemon(root, registry.url)
        root.run("shoal", "containerd", "configure", "--every-folder", "--mirror", mirror)
        containerd = self.containerd_of(root)
        containerd.fetch(REFERENCE)
        containerd.require_verified(self.image.blobs())
        self.assertEqual(self.daemon.stop(), 0)

        config = root / "etc/shoal/shoal.toml"
        config.write_text(config.read_text() + USERS_LINE)
        root.apt("install", self.make_package(root, "-D", "CPACK_PACKAGE_VERSION=9.0.0"))
        self.assertEqual(root.run("dpkg-query", "-W", "-f", "${Version}", "shoal"), "9.0.0-1")
        self.assertTrue(config.read_text().endswith(USERS_LINE))
        self.assertIn(mirror, hosts.read_text())
        # What was pulled is still there: the registry is not.
        registry.stop()
        self.start_daemon(root, registry.url)
        for digest in self.image.blobs():
            with urllib.request.urlopen(f"{mirror}/v2/team/small/blobs/{digest}?ns={REGISTRY_NAME}") as answer:
                self.assertEqual(answer.read(), self.blob(digest))
        self.assertEqual(self.daemon.stop(), 0)

        root.apt("remove", "shoal")
        self.assertEqual(hosts.read_text(), f'server = "{NOWHERE}"')
        self.assertEqual([entry.name for entry in (root / CERTS).iterdir()], [REGISTRY_NAME])
        self.assertFalse((root / "usr/bin/shoal").exists())
        self.assertTrue(config.exists())

        (root / "etc/shoal/tls/node.key").write_text("the administrator's")
        root.apt("purge", "shoal")
        self.assertFalse(config.exists())
        self.assertFalse((root / "var/lib/shoal").exists())
        self.assertTrue((root / "etc/shoal/tls/node.key").exists())

    def require_installed(self, root: DebianRoot) -> None:
        self.assertIn("shoal", root.run("shoal", "version"))
        self.assertEqual(root.run("shoal", "config", "check", "--config", "/etc/shoal/shoal.toml", user="shoal"), "ok\n")
        identity = root.run("id", "--user", "shoal").strip()
        self.assertNotEqual(identity, "0")
        data = root / "var/lib/shoal"
        self.assertEqual((str(data.stat().st_uid), data.stat().st_mode & 0o777), (identity, 0o700))
        self.assertEqual((root / "etc/shoal/tls").stat().st_mode & 0o777, 0o750)
        for path in ("lib/systemd/system/shoal.service", "usr/share/bash-completion/completions/shoal",
                     "usr/share/zsh/vendor-completions/_shoal", "usr/share/fish/vendor_completions.d/shoal.fish"):
            self.assertTrue((root / path).stat().st_size > 0, path)
        # minbase leaves manuals out, so look at what the package brought.
        shown = subprocess.run(["dpkg-deb", "--contents", next(root.folder.glob("shoal_*.deb"))], capture_output=True,
                               text=True, check=True).stdout
        self.assertIn("./usr/share/man/man1/shoal.1.gz", shown)

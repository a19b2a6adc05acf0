"""What a person gets wrong: status 2, and one line that says where and what."""

import socket
import subprocess
from pathlib import Path

from laboratory import LaboratoryTest
from lab.process import our_environment
from lab.shoal import shoal_binary

STATUS_USAGE = 2
START_SECONDS_MAX = 20


class ConfigurationTest(LaboratoryTest):
    def test_unknown_key_is_named_with_file_and_line(self) -> None:
        self.require_complaint('data_dir = "/tmp"\n[mirror]\nlissten = "127.0.0.1:0"\n', 3, "lissten")

    def test_wrong_type_is_named_with_file_and_line(self) -> None:
        self.require_complaint('data_dir = "/tmp"\n\n[mirror]\nlisten = 5050\n', 4, "mirror.listen")

    def test_wrong_value_is_named_with_file_and_line(self) -> None:
        self.require_complaint('data_dir = "/tmp"\n[log]\nlevel = "loud"\n', 3, "log.level")

    def test_broken_toml_is_named_with_file_and_line(self) -> None:
        self.require_complaint('data_dir = "/tmp"\n[mirror\n', 2, "")

    def test_missing_data_dir_is_named(self) -> None:
        line = self.complaint("[log]\nlevel = 'info'\n")
        self.assertIn("data_dir", line)

    def test_missing_file_is_named(self) -> None:
        missing = self.workspace.folder / "missing.toml"
        self.assertIn(str(missing), self.complaint_about(missing))

    def test_port_in_use_is_named_with_file_and_line(self) -> None:
        address = self.subnet[1]
        with socket.socket() as occupant:
            occupant.bind((address, 0))
            occupant.listen()
            port = occupant.getsockname()[1]
            line = self.require_complaint(
                f'data_dir = "{self.workspace.folder}/data"\n'
                f'[mirror]\nlisten = "{address}:{port}"\n'
                f'[admin]\nlisten = "{address}:0"\n'
                f'[swarm]\nlisten = "{address}:0"\nplaintext = true\n', 3, "mirror.listen")
        self.assertIn(str(port), line)

    def test_data_dir_that_cannot_be_written_is_named_with_file_and_line(self) -> None:
        # Below a file there can be no folder, not even for root.
        (self.workspace.folder / "file").touch()
        self.require_complaint(
            f'data_dir = "{self.workspace.folder}/file/data"\n[swarm]\nplaintext = true\n', 1,
            "data_dir")

    def test_neither_certificates_nor_plaintext_is_refused_with_both_ways_out(self) -> None:
        line = self.complaint('data_dir = "/tmp"\n')
        for word in ("shoal pki init", "shoal pki issue", "plaintext = true"):
            self.assertIn(word, line)

    def test_certificate_that_is_not_there_is_named(self) -> None:
        missing = self.workspace.folder / "ca.pem"
        line = self.complaint(
            f'data_dir = "{self.workspace.folder}/data"\n[swarm.tls]\nca_file = "{missing}"\n'
            f'cert_file = "{missing}"\nkey_file = "{missing}"\n')
        self.assertIn(f"{self.config_file}:3", line)
        self.assertIn(str(missing), line)

    def test_environment_variable_is_named(self) -> None:
        line = self.complaint('data_dir = "/tmp"\n', SHOAL_LOG_LEVEL="loud")
        self.assertIn("SHOAL_LOG_LEVEL", line)

    def require_complaint(self, text: str, line_number: int, key: str) -> str:
        line = self.complaint(text)
        self.assertIn(f"{self.config_file}:{line_number}", line)
        self.assertIn(key, line)
        return line

    def complaint(self, text: str, **environment: str) -> str:
        self.config_file.write_text(text)
        return self.complaint_about(self.config_file, **environment)

    def complaint_about(self, file: Path, **environment: str) -> str:
        """Starts the daemon, which must refuse; returns the one line it says."""
        done = subprocess.run([shoal_binary(), "serve", "--config", file],
                              capture_output=True, text=True, timeout=START_SECONDS_MAX, check=False,
                              env={**our_environment(), **environment})
        self.assertEqual(done.returncode, STATUS_USAGE, done.stderr)
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 1, done.stderr)
        return lines[0]

    @property
    def config_file(self) -> Path:
        return self.workspace.folder / "shoal.toml"

"""What is the same in every nginx that the load test starts."""

from pathlib import Path


def nginx_config(folder: Path, http: str) -> str:
    """One worker in the foreground that keeps everything of its own in `folder`."""
    temporary = "".join(f"  {name}_temp_path {folder}/{name};\n"
                        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    return (f"daemon off;\nuser root;\nworker_processes 1;\npid {folder}/nginx.pid;\n"
            f"error_log {folder}/error.log warn;\nevents {{ worker_connections 4096; }}\n"
            f"http {{\n{temporary}{http}}}\n")

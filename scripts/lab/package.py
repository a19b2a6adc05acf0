"""The Debian package of the build under test."""

import os
from pathlib import Path

from lab.process import run

BUILD_SECONDS_MAX = 900.0


def make_package(folder: Path, *options: str) -> Path:
    """Builds it into a folder that has no other; `options` are cpack's. The build is $SHOAL_BUILD."""
    build = Path(os.environ["SHOAL_BUILD"])
    run(["cmake", "--build", build, "--target", "package_files"], BUILD_SECONDS_MAX)
    run(["cpack", "--config", build / "CPackConfig.cmake", "-B", folder, *options], BUILD_SECONDS_MAX)
    run(["rm", "-rf", folder / "_CPack_Packages"])
    [made] = folder.glob("*.deb")
    return made

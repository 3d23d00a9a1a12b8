"""A home folder for tests, so that no command reads the user's `~/.cdk.json` or AWS profiles.

Importing this module changes the environment. Caches and Git's settings stay the user's.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_KEPT = {
    "GIT_CONFIG_GLOBAL": ".gitconfig",
    # Otherwise each new home folder unpacks CDK again, which takes six seconds.
    "JSII_RUNTIME_PACKAGE_CACHE_ROOT": ".cache/aws/jsii/package-cache",
    "XDG_CACHE_HOME": ".cache",
    "npm_config_cache": ".npm",
}

for _name, _path in _KEPT.items():
    os.environ.setdefault(_name, str(Path.home() / _path))
os.environ["HOME"] = tempfile.mkdtemp(prefix="home-")
atexit.register(shutil.rmtree, os.environ["HOME"], ignore_errors=True)

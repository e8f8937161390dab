"""Every test, and every notebook run as a test, uses the in-process cloud: same inputs, same bytes.

Kernels that nbval starts inherit the environment, so it is set here, before anything is collected.
"""

import os

os.environ["CLOUDLAB_MODE"] = "process"

pytest_plugins = [
    "tests.outside.plugin",  # every answer that any test receives is judged
    "tests.gold.summary",
]

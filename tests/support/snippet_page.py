"""The client snippet, run by Node.js in a minimal page."""

import json
import re
import subprocess
from typing import Any

#: Runs the script in a document with one script element, and prints what the script changed.
BROWSER = """
const first = {parentNode: {insertBefore(element, before) {
  inserted.push({...element, before_first: before === first, cdn: window.htevents._cdn})
}}}
const inserted = []
const window = {}
const document = {
  createElement: tag => ({tag}),
  getElementsByTagName: tag => tag === "script" ? [first] : [],
}
const script = require("node:fs").readFileSync(0, "utf8")
require("node:vm").runInNewContext(script, {window, document})
const {_cdn, _writeKey, _loadOptions} = window.htevents
console.log(JSON.stringify({inserted, _cdn, _writeKey, _loadOptions, queue: [...window.htevents]}))
"""


def run(snippet: str) -> dict[str, Any]:
    """Run the script in `snippet`, and return what it changed in a page."""
    tag = re.fullmatch(r'<script type="text/javascript">\n(.*)\n</script>', snippet, re.DOTALL)
    assert tag
    node = subprocess.run(
        ["node", "-e", BROWSER], input=tag[1], capture_output=True, text=True, check=False
    )
    assert node.stderr == ""
    page: dict[str, Any] = json.loads(node.stdout)
    return page

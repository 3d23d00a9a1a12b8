"""A checkout in which every name in `stacks/deployment.py` has a suffix."""

import re

from tests.support.checkout import Checkout

SUFFIX = "Renamed"
#: The last word of every name in `stacks/deployment.py`, in the order of the file.
NAMES = [
    "CookieFunctionVersionArn",  # the output
    "ClientSnippet",
    "Proxies",
    "CookieService",
    "CookieFunctionVersionArn",  # the parameter
    "SdkProxy",
    "SdkProxyCnameTarget",
    "EventsProxy",
    "EventsProxyCnameTarget",
]


def rename(checkout: Checkout) -> None:
    """Append the suffix to every name in the checkout's `stacks/deployment.py`."""
    module = checkout.folder / "stacks" / "deployment.py"
    text = module.read_text()
    name_at_the_end_of_a_string = r'([A-Z]\w*)(?=")'
    assert re.findall(name_at_the_end_of_a_string, text) == NAMES
    module.write_text(re.sub(name_at_the_end_of_a_string, rf"\1{SUFFIX}", text))

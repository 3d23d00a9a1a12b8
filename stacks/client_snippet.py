"""The script tag that a site puts into its pages. Pure."""

import json

from stacks.config import TrackingConfig
from stacks.domains import registrable_domain
from stacks.hightouch import sdk_path

# The snippet of Hightouch's browser SDK 1.5.1 (README.md of its npm package) with three changes:
# the SDK's host and version, the options of `load`, and `_cdn`. Without `_cdn`, browsers would
# load the SDK's chunks and `/next-integrations` from Hightouch's host.
_SNIPPET = """\
<script type="text/javascript">
!function(){var e=window.htevents=window.htevents||[];if(!e.initialize)if(e.invoked)window.console\
&&console.error&&console.error("Hightouch snippet included twice.");else{e.invoked=!0,e.methods=\
["trackSubmit","trackClick","trackLink","trackForm","pageview","identify","reset","group","track",\
"ready","alias","debug","page","once","off","on","addSourceMiddleware","addIntegrationMiddleware",\
"setAnonymousId","addDestinationMiddleware"],e.factory=function(t){return function(){var n=\
Array.prototype.slice.call(arguments);return n.unshift(t),e.push(n),e}};for(var t=0;\
t<e.methods.length;t++){var n=e.methods[t];e[n]=e.factory(n)}e.load=function(t,n){var o=\
document.createElement("script");o.type="text/javascript",o.async=!0,o.src=\
"https://%(sdk_domain)s%(sdk_path)s";var r=\
document.getElementsByTagName("script")[0];r.parentNode.insertBefore(o,r),e._loadOptions=n,\
e._writeKey=t},e.SNIPPET_VERSION="0.0.1",
e._cdn="https://%(sdk_domain)s",
%(mark)se.load("WRITE_KEY",%(options)s),
e.page()}}();
</script>"""

# Marks the events of a visit whose anonymous ID the cookie service restored. The SDK drops an event
# if `next` is not called, so the code before that call must not throw.
_MARK = """\
e.addSourceMiddleware(function(t){try{var n=t.payload.obj,\
o=/(?:^|; )htjs_restored=([^;]+)/.exec(document.cookie);\
o&&decodeURIComponent(o[1])===n.anonymousId&&((n.context=n.context||{}).restored=!0)}catch(r){}\
t.next(t.payload)}),
"""


def client_snippet(config: TrackingConfig) -> str:
    """Return Hightouch's snippet with this deployment's names and the placeholder `WRITE_KEY`."""
    options: dict[str, object] = {
        "apiHost": config.events_domain,
        "httpCookieServiceOptions": {
            "clearUrl": config.clear_path,
            "renewUrl": config.renew_path,
        },
    }
    if config.cookie_domain != registrable_domain(config.domain):
        # Restored cookies and the SDK's own must have the same `Domain`, or `reset()` misses some.
        options["cookie"] = {"domain": config.cookie_domain}
    return _SNIPPET % {
        "sdk_domain": config.sdk_domain,
        "sdk_path": sdk_path(config.sdk_version),
        "mark": _MARK if config.mark_restored else "",
        "options": json.dumps(options, separators=(",", ":")),
    }

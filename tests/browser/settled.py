"""JavaScript with which a test waits until a page's SDK has nothing more to send."""

#: A script that counts the page's requests under way. It has to run before the SDK's own.
COUNT_REQUESTS = """
(() => {
  const realFetch = window.fetch;
  window.underWay = 0;
  window.fetch = (...request) => {
    window.underWay += 1;
    return realFetch(...request).finally(() => { window.underWay -= 1; });
  };
})();
"""
#: Statements that wait until the SDK has sent its queue and has every answer.
SETTLED = """
    await new Promise((resolve) => htevents.ready(resolve));
    const service = htevents.user().options.httpCookieService;
    const waits = () => service?.flushInterval < 60_000 && service.queue.length > 0;
    while (window.underWay > 0 || waits()) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
"""

// Runs in every page of a visit before the page's own scripts, and records the SDK's requests and
// the page's errors.
(() => {
  if (window !== window.top || window.__firstPartyVisit) return;
  const seen = { violations: [], failures: [], calls: [] };
  Object.defineProperty(window, "__firstPartyVisit", { value: seen });
  const MOST = 200;
  const add = (list, item) => {
    if (list.length < MOST) list.push(item);
  };

  // The policy may not have the effective directive, but one to which the browser falls back.
  const directiveOf = ({ effectiveDirective, originalPolicy }) => {
    const names = originalPolicy.split(";").map((one) => one.trim().split(/\s/)[0].toLowerCase());
    const base = effectiveDirective.replace(/-(elem|attr)$/, "");
    const found = [effectiveDirective, base, "default-src"].find((name) => names.includes(name));
    return found ?? effectiveDirective;
  };
  window.addEventListener(
    "securitypolicyviolation",
    (event) => {
      if (event.disposition !== "enforce") return;
      add(seen.violations, { directive: directiveOf(event), blocked: event.blockedURI });
    },
    true,
  );
  window.addEventListener(
    "error",
    ({ target }) => {
      if (target instanceof HTMLScriptElement && target.src) add(seen.failures, target.src);
    },
    true,
  );

  // The body of the SDK's requests to the cookie service has only the time.
  const kindOf = (url, body) => {
    if (/^\{"sentAt":"[^"]*"\}$/.test(body)) return "cookie service";
    return /\/v1\/[a-z]+$/.test(url.pathname) ? "event" : null;
  };
  const realFetch = window.fetch;
  window.fetch = async function fetch(...request) {
    let call = null;
    try {
      const [input, options] = request;
      const url = new URL(input?.url ?? input, location.href);
      const kind = kindOf(url, options?.body);
      if (kind && /^post$/i.test(options.method)) {
        call = { kind, url: url.href, status: null, milliseconds: null, failed: false };
        add(seen.calls, call);
      }
    } catch {
      // The real fetch reports invalid arguments.
    }
    const started = performance.now();
    try {
      const response = await Reflect.apply(realFetch, this, request);
      if (call) call.status = response.status;
      return response;
    } catch (error) {
      if (call) call.failed = true;
      throw error;
    } finally {
      if (call) call.milliseconds = Math.round(performance.now() - started);
    }
  };
})();

// The body of a function that returns the state of the SDK in a page.
const sdk = window.htevents;
const scripts = [...document.scripts];
const snippets = scripts.filter(
  ({ src, text }) => !src && text.includes("htevents") && text.includes("SNIPPET_VERSION"),
);
const isActive = ({ type }) => /^(|module|(text|application)\/(java|ecma)script)$/i.test(type);
const bundle = scripts.find(({ src }) => /\/events\.min\.js(\?|$)/.test(src));
const missing = sdk === undefined || sdk === null;
return {
  url: location.href,
  complete: document.readyState === "complete",
  sdk: missing ? "none" : Array.isArray(sdk) ? "snippet" : "ready",
  version: String((!missing && sdk.VERSION) || ""),
  keeps_nothing: sdk?.options?.disableClientPersistence === true,
  sdk_url: bundle?.src ?? "",
  snippets: snippets.filter(isActive).length,
  waiting_snippets: snippets.filter((script) => !isActive(script)).length,
  has_service_worker: Boolean(navigator.serviceWorker?.controller),
  ...window.__firstPartyVisit,
};

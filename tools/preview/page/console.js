// The live panels: requests to the edge, events at Hightouch's stub, and the browser's cookies.
// The preview's own page loads this module, and so does the shop's page, from another origin.

const SERVER = new URL(import.meta.url).origin;
const DAY = 24 * 60 * 60 * 1000;
const LONGEST_LIST = 200;
const ID_COOKIE = /^htjs_(anonymous|user)_id(_srvr)?$/;
const STATIC = /\.(js|css|map|ico|png|jpe?g|gif|svg|webp|avif|woff2?)($|\?)/;

/** The log of the preview from its beginning: `request`, `event`, `clock`, and `visit`. */
export const log = new EventSource(`${SERVER}/log`);

/** Send `body` to the preview's server, as text, because JSON would need a CORS preflight. */
export function post(path, body) {
  return fetch(SERVER + path, { method: "POST", body: JSON.stringify(body) });
}

/** Create an element. Strings among the children become text nodes. */
export function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** Return the simulated date: `time` plus `days`. */
export function simulated(time, days) {
  return new Date(new Date(time).getTime() + days * DAY);
}

export function showDate(date) {
  return date.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });
}

// The color of each ID, assigned in order of appearance, so that it is the same in every panel.
const colors = new Map();

/** Return the beginning of an anonymous ID, which is enough to compare it with others. */
export function short(anonymousId) {
  return anonymousId.slice(0, 8);
}

/** Return an element with the ID in its color. Anonymous IDs are shortened, user IDs are not. */
export function chip(id, kind) {
  if (!colors.has(id)) colors.set(id, colors.size % 8);
  const shown = kind === "anonymous" ? short(id) : id;
  const element = make("span", { className: `chip ${kind}`, title: `${kind} ID ${id}` }, shown);
  element.dataset.color = colors.get(id);
  return element;
}

// The SDK writes cookies as percent-encoded JSON: `%22ann%22` is the text ann.
function decoded(value) {
  try {
    const content = JSON.parse(decodeURIComponent(value));
    return typeof content === "string" ? content : value;
  } catch {
    return value;
  }
}

function cookieValue({ name, value }) {
  if (value === null) return make("span", { className: "redacted" }, "not shown");
  const [, kind] = ID_COOKIE.exec(name) ?? [];
  const text = decoded(value);
  const element = kind && text ? chip(text, kind) : make("span", { className: "value" }, text);
  element.title = value;
  return element;
}

function days(seconds) {
  const whole = Math.round(seconds / 86400);
  return whole === 1 ? "1 day" : `${whole} days`;
}

function clockTime(time) {
  const shown = new Date(time).toLocaleTimeString("en-GB");
  return make("time", { dateTime: time, title: time }, shown);
}

function lock() {
  return make("span", { className: "lock", title: "No script can read or delete it" }, "HttpOnly");
}

class Panels {
  #ahead = 0;
  #cookies = new Map();
  #siteHosts = new Set();
  #staticRequests = 0;
  #seen = new Set();

  constructor(section) {
    this.status = make("p", { className: "connection", role: "status" }, "Connecting …");
    this.cookies = make("div", { id: "cookies" });
    this.events = make("ol", { id: "events", className: "scroll", tabIndex: 0 });
    this.noEvents = make("p", { id: "no-events", className: "nothing" });
    this.requests = make("ol", { id: "requests", className: "scroll", tabIndex: 0 });
    this.staticCount = make("span");
    const hide = make("input", { type: "checkbox", id: "hide-static" });
    hide.addEventListener("change", () => {
      this.requests.classList.toggle("without-static", hide.checked);
    });
    const toggle = make("label", {}, hide, "Hide static files", this.staticCount);
    const about = make(
      "p",
      { className: "note" },
      "CloudFront serves each host with a distribution, named by its ID. Its behaviors define how each" +
        " path is served: by the cookie service's function, named with its version, or by an origin." +
        " A first page load makes four renew calls, and a reload three: one before the SDK starts, and" +
        " one each time that the SDK reads or sets an ID as it starts. That is not a loop.",
    );
    section.append(
      panel("Cookies", "as of the last request", [], this.cookies),
      panel("Events", "received by Hightouch's stub", [], this.noEvents, this.events),
      panel("Requests", "and how the edge answered", [toggle, this.status], about, this.requests),
    );
    for (const [list, name] of [
      [this.events, "Events"],
      [this.requests, "Requests"],
    ]) {
      list.setAttribute("aria-label", `${name}, newest first`);
    }
  }

  /** Start again, because each new connection sends the log from its beginning. */
  open() {
    this.status.textContent = "Live";
    this.status.classList.remove("lost");
    this.events.replaceChildren();
    this.requests.replaceChildren();
    this.#ahead = 0;
    this.#staticRequests = 0;
    this.#cookies.clear();
    this.#siteHosts.clear();
    this.#seen.clear();
    this.#showCookies();
    this.#showWhyNoEvents();
  }

  lost() {
    this.status.textContent = "No connection to the preview. Is it still running?";
    this.status.classList.add("lost");
  }

  clock(total) {
    const moved = total - this.#ahead;
    this.#ahead = total;
    if (!moved) return;
    const today = showDate(simulated(Date.now(), total));
    for (const list of [this.events, this.requests]) {
      add(list, make("li", { className: "later" }, `${moved} days later: ${today}`));
    }
  }

  event(event) {
    const row = make(
      "li",
      { className: "event" },
      clockTime(event.time),
      make("span", { className: "type" }, event.type),
      make("span", { className: "name" }, event.event ?? ""),
    );
    const people = make("span", { className: "people" });
    if (event.anonymousId) people.append(chip(event.anonymousId, "anonymous"));
    if (event.userId) people.append(chip(event.userId, "user"));
    else people.append(make("span", { className: "empty" }, "no user ID"));
    if (event.restored) people.append(make("span", { className: "note" }, "restored"));
    row.append(people);
    add(this.events, row);
    this.noEvents.hidden = true;
  }

  request(request) {
    const isStatic = request.method === "GET" && STATIC.test(request.path);
    if (isStatic) this.staticCount.textContent = ` (${++this.#staticRequests})`;
    const row = make(
      "li",
      { className: isStatic ? "request static" : "request" },
      make(
        "div",
        { className: "what" },
        clockTime(request.time),
        make("span", { className: "method" }, request.method),
        make(
          "span",
          { className: "address" },
          make("span", { className: "host" }, request.host),
          request.path,
        ),
        make(
          "span",
          { className: request.status < 400 ? "status good" : "status bad" },
          String(request.status),
        ),
        make("span", { className: "duration" }, `${request.milliseconds} ms`),
      ),
      edge(request),
    );
    const restored = request.cookies_out.some((cookie) => isRestored(cookie));
    if (restored) {
      row.append(make("p", { className: "restored" }, "The IDs were restored as browser cookies"));
    }
    if (request.cookies_in.length) row.append(cookieLine("Cookies in", request.cookies_in));
    if (request.cookies_out.length) row.append(cookieLine("Cookies out", request.cookies_out));
    add(this.requests, row);
    this.#remember(request);
    this.#seen.add(kindOf(request));
    this.#showWhyNoEvents();
  }

  #showWhyNoEvents() {
    this.noEvents.hidden = this.events.children.length > 0;
    this.noEvents.textContent = `No events yet. ${whyNoEvents(this.#seen)}`;
  }

  #remember(request) {
    if (request.action.startsWith("answered by")) this.#siteHosts.add(request.host);
    const sent = new Map(
      request.cookies_in.filter(isShown).map(({ name, value }) => [name, value]),
    );
    // A request to the site's host has all of these cookies, so the browser no longer has others.
    // A request to another host may have none because the browser sends it without cookies.
    if (sent.size || this.#siteHosts.has(request.host)) {
      for (const name of this.#cookies.keys()) {
        if (!sent.has(name)) this.#cookies.delete(name);
      }
      for (const [name, value] of sent) {
        if (this.#cookies.get(name)?.value === value) continue;
        this.#cookies.set(name, { name, value, http_only: name.endsWith("_srvr") });
      }
    }
    for (const cookie of request.cookies_out.filter(isShown)) {
      if (isExpired(cookie)) this.#cookies.delete(cookie.name);
      else this.#cookies.set(cookie.name, { ...cookie, since: request.time, ahead: this.#ahead });
    }
    this.#showCookies();
  }

  #showCookies() {
    const all = [...this.#cookies.values()].sort((a, b) => a.name.localeCompare(b.name));
    const browser = make("h3", {}, "Browser cookies ", make("small", {}, "ITP deletes them"));
    const server = make(
      "h3",
      {},
      "Server cookies ",
      lock(),
      make("small", {}, " ITP does not delete them"),
    );
    this.cookies.replaceChildren(
      browser,
      jar(all.filter((cookie) => !cookie.http_only)),
      server,
      jar(all.filter((cookie) => cookie.http_only)),
    );
  }
}

/** Return which step toward an event a request shows: "page", "sdk", "events", or "failed". */
function kindOf(request) {
  const isSdks = /^\/(browser\/.*\.js|v1\/[a-z]+)$/.test(request.path);
  if (isSdks && request.status >= 400) return "failed";
  if (request.action.startsWith("sent to cdn.hightouch-events.com")) return "sdk";
  return /^sent to .*hightouch-events\.com/.test(request.action) ? "events" : "page";
}

function whyNoEvents(seen) {
  if (!seen.size) return "No page has been opened through the edge.";
  if (seen.has("failed")) return "A request of the SDK failed: see the requests.";
  if (seen.has("events"))
    return "The browser has called the events proxy; its event may still arrive.";
  if (seen.has("sdk")) {
    return (
      "The SDK has loaded. Does the page call htevents.page(), as the snippet does? The browser's" +
      " own console tells whether a Content-Security-Policy or an extension stops the events."
    );
  }
  return "No page has loaded the SDK: is the snippet in the head of the page?";
}

function panel(title, about, beside, ...content) {
  const heading = make("h2", {}, title, " ", make("small", {}, about));
  const head = make("div", { className: "head" }, heading, ...beside);
  return make("section", { className: `card ${title.toLowerCase()}` }, head, ...content);
}

function add(list, row) {
  list.prepend(row);
  while (list.children.length > LONGEST_LIST) list.lastElementChild.remove();
}

function edge(request) {
  const line = make("p", { className: "edge" });
  if (request.distribution === null) line.append("No distribution");
  else {
    line.append(
      "Behavior ",
      make("b", {}, request.behavior ?? "none"),
      ` of ${request.distribution}`,
    );
  }
  const rejected = request.action.startsWith("rejected");
  line.append(" → ", make("span", { className: rejected ? "bad" : "did" }, request.action));
  return line;
}

function cookieLine(label, cookies) {
  const list = make("span", { className: "cookie-list" });
  for (const cookie of cookies) {
    const gone = isExpired(cookie);
    const item = make(
      "span",
      { className: gone ? "cookie gone" : "cookie" },
      make("span", { className: "cookie-name" }, cookie.name),
    );
    if (gone) item.append(make("span", { className: "note" }, "expired"));
    else item.append(cookieValue(cookie));
    if (cookie.http_only ?? cookie.name.endsWith("_srvr")) item.append(lock());
    if (cookie.max_age > 0) item.append(make("span", { className: "note" }, days(cookie.max_age)));
    list.append(item);
  }
  const heading = make("span", { className: "label" }, label);
  return make("p", { className: "cookie-line" }, heading, list);
}

function jar(cookies) {
  if (!cookies.length) return make("p", { className: "nothing" }, "None");
  const rows = cookies.map((cookie) =>
    make(
      "li",
      {},
      make("span", { className: "cookie-name" }, cookie.name),
      cookieValue(cookie),
      age(cookie),
    ),
  );
  return make("ul", { className: "jar" }, ...rows);
}

function age(cookie) {
  const note = make("span", { className: "note" });
  if (isRestored(cookie)) note.append("restored");
  else if (!cookie.since) note.append(cookie.http_only ? "set earlier" : "written by a script");
  else if (!cookie.max_age) note.append("until the browser closes");
  else {
    const end = simulated(cookie.since, cookie.ahead + cookie.max_age / 86400);
    note.append(`until ${showDate(end)}`);
    note.title = `Kept for ${days(cookie.max_age)} since ${cookie.since}`;
  }
  return note;
}

// The SDK's session cookie htjs_sesh is not shown, because it contains no ID of a visitor.
function isShown({ name }) {
  return ID_COOKIE.test(name) || name.endsWith("_srvr");
}

function isExpired(cookie) {
  return typeof cookie.max_age === "number" && cookie.max_age <= 0;
}

function isRestored(cookie) {
  return ID_COOKIE.test(cookie.name) && cookie.http_only === false && cookie.max_age > 0;
}

const panels = new Panels(document.getElementById("console"));
log.addEventListener("open", () => panels.open());
log.addEventListener("error", () => panels.lost());
log.addEventListener("clock", ({ data }) => panels.clock(JSON.parse(data).days));
log.addEventListener("event", ({ data }) => panels.event(JSON.parse(data)));
log.addEventListener("request", ({ data }) => panels.request(JSON.parse(data)));

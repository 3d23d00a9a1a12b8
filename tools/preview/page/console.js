// The live panels: what the edge sees, what arrives at the vendor, what the browser holds.
// Loaded by the preview's own page and, across origins, by the shop's.

const SERVER = new URL(import.meta.url).origin;
const DAY = 24 * 60 * 60 * 1000;
const LONGEST_LIST = 200;
const ID_COOKIE = /^htjs_(anonymous|user)_id(_srvr)?$/;
const STATIC = /\.(js|css|map|ico|png|jpe?g|gif|svg|webp|avif|woff2?)($|\?)/;

/** All that the preview records: `request`, `event`, `clock` and `visit`, from the beginning. */
export const log = new EventSource(`${SERVER}/log`);

/** Send `body` to the preview's server. As text, which needs no CORS preflight. */
export function post(path, body) {
  return fetch(SERVER + path, { method: "POST", body: JSON.stringify(body) });
}

/** Make an element; text among the children stays text. */
export function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** Return the date `days` after `time`: the one on the simulated calendar. */
export function simulated(time, days) {
  return new Date(new Date(time).getTime() + days * DAY);
}

export function showDate(date) {
  return date.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });
}

// One colour per id, in order of appearance, so that people look the same in every panel.
const colours = new Map();

/** Return the part of an anonymous id that people compare. */
export function short(anonymousId) {
  return anonymousId.slice(0, 8);
}

/** Show `id` with its colour: an anonymous id in short, a user id whole. */
export function chip(id, kind) {
  if (!colours.has(id)) colours.set(id, colours.size % 8);
  const shown = kind === "anonymous" ? short(id) : id;
  const element = make("span", { className: `chip ${kind}`, title: `${kind} id ${id}` }, shown);
  element.dataset.colour = colours.get(id);
  return element;
}

// The SDK writes its cookies as JSON, percent-encoded: `%22ann%22` is the text ann.
function decoded(value) {
  try {
    const content = JSON.parse(decodeURIComponent(value));
    return typeof content === "string" ? content : value;
  } catch {
    return value;
  }
}

function cookieValue({ name, value }) {
  if (value === null) return make("span", { className: "unseen" }, "not shown");
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

  constructor(section) {
    this.status = make("p", { className: "connection", role: "status" }, "Connecting …");
    this.cookies = make("div", { id: "cookies" });
    this.events = make("ol", { id: "events", className: "scroll", tabIndex: 0 });
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
      "A distribution is CloudFront's door to a host. Its behaviors say, by path, who answers.",
    );
    section.append(
      panel("Cookies", "as the edge saw them last", [], this.cookies),
      panel("Events", "at the stub in Hightouch's place", [], this.events),
      panel("Requests", "and what the edge did", [toggle, this.status], about, this.requests),
    );
    for (const [list, name] of [[this.events, "Events"], [this.requests, "Requests"]]) {
      list.setAttribute("aria-label", `${name}, newest first`);
    }
  }

  /** Start again: each new connection brings everything from the beginning. */
  open() {
    this.status.textContent = "Live";
    this.status.classList.remove("lost");
    this.events.replaceChildren();
    this.requests.replaceChildren();
    this.#ahead = 0;
    this.#staticRequests = 0;
    this.#cookies.clear();
    this.#siteHosts.clear();
    this.#showCookies();
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
    else people.append(make("span", { className: "nobody" }, "no user id"));
    row.append(people);
    add(this.events, row);
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
      row.append(make("p", { className: "restored" }, "The ids came back as browser cookies"));
    }
    if (request.cookies_in.length) row.append(cookieLine("Cookies in", request.cookies_in));
    if (request.cookies_out.length) row.append(cookieLine("Cookies out", request.cookies_out));
    add(this.requests, row);
    this.#remember(request);
  }

  #remember(request) {
    if (request.action.startsWith("answered by")) this.#siteHosts.add(request.host);
    const came = new Map(
      request.cookies_in.filter(isOurs).map(({ name, value }) => [name, value]),
    );
    // On the site's host a request brings all of them, so what did not come is gone. Elsewhere
    // a request without any may be one that the browser sends without cookies.
    if (came.size || this.#siteHosts.has(request.host)) {
      for (const name of this.#cookies.keys()) {
        if (!came.has(name)) this.#cookies.delete(name);
      }
      for (const [name, value] of came) {
        if (this.#cookies.get(name)?.value === value) continue;
        this.#cookies.set(name, { name, value, http_only: name.endsWith("_srvr") });
      }
    }
    for (const cookie of request.cookies_out.filter(isOurs)) {
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
      make("small", {}, " ITP leaves them alone"),
    );
    this.cookies.replaceChildren(
      browser,
      jar(all.filter((cookie) => !cookie.http_only)),
      server,
      jar(all.filter((cookie) => cookie.http_only)),
    );
  }
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
  const refused = request.action.startsWith("refused");
  line.append(" → ", make("span", { className: refused ? "bad" : "did" }, request.action));
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
  if (isRestored(cookie)) note.append("brought back");
  else if (!cookie.since) note.append(cookie.http_only ? "set earlier" : "written by a script");
  else if (!cookie.max_age) note.append("until the browser closes");
  else {
    const end = simulated(cookie.since, cookie.ahead + cookie.max_age / 86400);
    note.append(`until ${showDate(end)}`);
    note.title = `Kept for ${days(cookie.max_age)} since ${cookie.since}`;
  }
  return note;
}

// The SDK keeps a session too, which is nobody's id.
function isOurs({ name }) {
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

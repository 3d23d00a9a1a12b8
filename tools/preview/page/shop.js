// The buttons of the shop page and the card of its visitor.

import { chip, log, make, post, short, showDate, simulated } from "./console.js";

// The snippet's object keeps its options under one name, the SDK that replaces it under another.
const options = window.htevents._loadOptions ?? window.htevents.options;
const cookieService = options.httpCookieServiceOptions;
const restoreAfterHours = Number(document.documentElement.dataset.restoreAfterHours);
// The page's own notes, by which this tab knows its visitor again: the anonymous id that belongs to
// it, and the one that a logout or another user id left behind on purpose. Of both the short form
// alone, from which no id can be restored.
const EXPECTED = "preview.expected";
const LEFT = "preview.left";
// What tells this tab's page loads from those of other tabs and browsers.
const TAB = "preview.tab";
// The button that a keyboard pressed before the page was loaded again.
const PRESSED = "preview.pressed";

const get = (id) => document.getElementById(id);
const tab = sessionStorage.getItem(TAB) ?? crypto.randomUUID();
sessionStorage.setItem(TAB, tab);
const visits = [];
// Whether this page load is among the visits.
let isCounted = false;
// The anonymous id that this page load started on purpose.
let started = null;
// Resolved when the SDK has sent what last went into its queue.
let sent = null;

/** Return the visitor's ids as the SDK has them. */
function ids() {
  // Asked for an anonymous id where there is none, the SDK would make one, and so undo `reset()`.
  const hasAnonymousId =
    localStorage.getItem("htjs_anonymous_id") !== null ||
    /(^|; )htjs_anonymous_id=/.test(document.cookie);
  const user = window.htevents.user();
  return {
    anonymousId: hasAnonymousId ? user.anonymousId() : null,
    userId: user.id() ?? null,
  };
}

/** Do what may change the ids, and show the visitor that it leaves. */
function change(action) {
  const before = ids();
  action();
  const after = ids();
  if (before.anonymousId && after.anonymousId !== before.anonymousId) {
    sessionStorage.setItem(LEFT, short(before.anonymousId));
    sessionStorage.removeItem(EXPECTED);
  }
  const same = before.anonymousId === after.anonymousId && before.userId === after.userId;
  if (cookieService && !same) {
    sent = called(after.anonymousId ? cookieService.renewUrl : cookieService.clearUrl);
  }
  show();
}

/** Return the verdict on the visitor with this anonymous id: what is said, why, and its mood. */
function verdict(anonymousId) {
  const left = sessionStorage.getItem(LEFT);
  if (!anonymousId) {
    return ["Logged out", "The browser cookies are gone. The next event starts a new visitor.", ""];
  }
  if (short(anonymousId) === left) {
    return [
      "Same visitor as on your first visit",
      "Although logged out: the page was left before the SDK's clear call was through, so the" +
        " cookie service brought the ids back. The documented logout closes that gap.",
      "lost",
    ];
  }
  if (anonymousId === started) {
    return [
      "New visitor, as you asked",
      "A logout, or another user id, starts a new anonymous id.",
      "",
    ];
  }
  const expected = sessionStorage.getItem(EXPECTED);
  if (short(anonymousId) !== expected) {
    return [
      "New visitor: the ids were lost",
      `It was ${expected} before. In your reports these are two people.`,
      "lost",
    ];
  }
  const same = visits.filter((visit) => visit.anonymousId === anonymousId);
  if (!left && same.length === 1) {
    return ["First visit", "Come back later and see whether the ids stay.", ""];
  }
  return [
    "Same visitor as on your first visit",
    `Its anonymous id is known since ${dateOf(same[0])}.`,
    "kept",
  ];
}

function dateOf(visit) {
  return showDate(simulated(visit.time, visit.days));
}

// Many visits come at once when the log is read from its beginning.
let timer = null;
function showSoon() {
  clearTimeout(timer);
  timer = setTimeout(show, 50);
}

function show() {
  if (!isCounted || !visits.length) return;
  const { anonymousId, userId } = ids();
  const left = sessionStorage.getItem(LEFT);
  const isNext = anonymousId && short(anonymousId) !== left;
  if (isNext && !sessionStorage.getItem(EXPECTED)) {
    sessionStorage.setItem(EXPECTED, short(anonymousId));
    if (left) started = anonymousId;
  }
  showId("anonymous-id", anonymousId, "anonymous");
  showId("current-user-id", userId, "user");
  const [said, why, mood] = verdict(anonymousId);
  const element = get("verdict");
  // Said again, a screen reader would read it again.
  if (element.textContent !== said) element.textContent = said;
  get("why").textContent = why;
  get("judgement").className = mood;
  get("visits").replaceChildren(...visits.map(visitRow).reverse());
}

function showId(elementId, id, kind) {
  const element = get(elementId);
  if (id) element.replaceChildren(Object.assign(chip(id, kind), { textContent: id }));
  else element.textContent = "none";
}

function visitRow(visit) {
  const time = simulated(visit.time, visit.days);
  const row = make(
    "li",
    {},
    make(
      "time",
      { dateTime: time.toISOString() },
      `${showDate(time)}, ${time.toLocaleTimeString("en-GB", { timeStyle: "short" })}`,
    ),
  );
  if (visit.anonymousId) row.append(chip(visit.anonymousId, "anonymous"));
  if (visit.userId) row.append(chip(visit.userId, "user"));
  if (!visit.service) {
    row.append(make("span", { className: "note" }, "cookie service off"));
  }
  return row;
}

/** Wait for the next call of `path`. The SDK's queue takes a second at most, and its tries end. */
function called(path) {
  const url = new URL(path, location.origin).href;
  return new Promise((resolve) => {
    const observer = new PerformanceObserver((list) => {
      if (list.getEntriesByName(url).length) resolve();
    });
    observer.observe({ type: "resource" });
    setTimeout(resolve, 3000);
  });
}

/** Delete what scripts wrote, as ITP does: every cookie that a script sees, and the storage. */
function deleteScriptWritten() {
  const labels = location.hostname.split(".");
  const domains = labels.map((_, index) => `; Domain=${labels.slice(index).join(".")}`);
  for (const cookie of document.cookie.split("; ")) {
    const [name] = cookie.split("=");
    for (const domain of ["", ...domains]) {
      document.cookie = `${name}=; Max-Age=0; Path=/${domain}`;
    }
  }
  localStorage.clear();
  const notes = [LEFT, EXPECTED, PRESSED, TAB].map((key) => [key, sessionStorage.getItem(key)]);
  sessionStorage.clear();
  for (const [key, note] of notes) if (note !== null) sessionStorage.setItem(key, note);
}

function keepFocus(pressed) {
  if (pressed.matches(":focus-visible")) sessionStorage.setItem(PRESSED, pressed.id);
}

get("log-in").addEventListener("submit", (submission) => {
  submission.preventDefault();
  const userId = get("user-id").value;
  change(() => window.htevents.identify(userId));
  report(`Identified as ${userId}.`);
});

get("reset").addEventListener("click", () => {
  change(() => window.htevents.reset());
  report("Reset. The clear call follows within a second.");
});

get("log-out").addEventListener("click", async () => {
  // The second call answers a renew that was under way during the first.
  const clear = () =>
    cookieService && fetch(cookieService.clearUrl, { method: "POST", keepalive: true });
  await clear();
  change(() => window.htevents.reset());
  await clear();
  report("Logged out.");
});

get("reload").addEventListener("click", ({ currentTarget }) => {
  keepFocus(currentTarget);
  location.reload();
});

get("eight-days-later").addEventListener("click", async ({ currentTarget }) => {
  keepFocus(currentTarget);
  currentTarget.disabled = true;
  // Nobody stays for less than that second, and then for eight days.
  await sent;
  await post("/clock", { days: 8 });
  deleteScriptWritten();
  location.reload();
});

get("cookie-service").addEventListener("click", ({ currentTarget }) => {
  keepFocus(currentTarget);
  location.assign(cookieService ? "/?cookie-service=off" : "/");
});

let inCart = 0;
get("add-to-cart").addEventListener("click", () => {
  change(() => window.htevents.track("Product Added"));
  inCart += 1;
  get("cart").textContent = `Cart: ${inCart}`;
});

function report(text) {
  get("outcome").textContent = text;
}

get("today").textContent = showDate(new Date());
get("cookie-service").textContent = cookieService
  ? "Without the cookie service"
  : "With the cookie service";
get("about-cookie-service").textContent = cookieService
  ? "The same page without it, to see what ITP does then."
  : "Back to the page that renews its ids.";
get("mode").textContent = cookieService ? "Cookie service on" : "Cookie service off";
if (restoreAfterHours > 0) {
  if (cookieService) get("mode").append(`, restore_after_hours=${restoreAfterHours}`);
  get("about-reset").textContent =
    "The SDK's own logout. Its clear call may leave a second later. Ids that vanish within " +
    `${restoreAfterHours} hours of the last visit stay away all the same.`;
}
get("mode").classList.toggle("off", !cookieService);

log.addEventListener("open", () => visits.splice(0));
log.addEventListener("visit", ({ data }) => {
  const visit = JSON.parse(data);
  if (visit.tab !== tab) return;
  visits.push(visit);
  showSoon();
});
log.addEventListener("clock", ({ data }) => {
  const { days } = JSON.parse(data);
  get("today").textContent = `${showDate(simulated(Date.now(), days))}, ${days} days ahead`;
});

const slow = setTimeout(() => {
  get("verdict").textContent = "The SDK has not loaded";
  get("why").textContent = "See the requests for the reason.";
}, 8000);

window.htevents.ready(() => {
  clearTimeout(slow);
  for (const element of document.querySelectorAll("button:disabled")) element.disabled = false;
  get(sessionStorage.getItem(PRESSED))?.focus({ preventScroll: true });
  sessionStorage.removeItem(PRESSED);
  // Once loaded, the SDK has a renew in its queue.
  if (cookieService) sent = called(cookieService.renewUrl);
  post("/visits", { ...ids(), tab, service: Boolean(cookieService) }).then(() => {
    isCounted = true;
    showSoon();
  });
});

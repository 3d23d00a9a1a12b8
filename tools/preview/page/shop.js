// The buttons of the shop's page, and the card about the visitor.

import { chip, log, make, post, short, showDate, simulated } from "./console.js";
import { deleteScriptWritten } from "./itp.js";

// The snippet's object has its options under one name, and the loaded SDK under another.
const options = window.htevents._loadOptions ?? window.htevents.options;
const cookieService = options.httpCookieServiceOptions;
const restoreAfterHours = Number(document.documentElement.dataset.restoreAfterHours);
// Where this tab remembers the anonymous ID that it expects, and the one that a logout or another
// user ID replaced on purpose. It keeps only the short form, from which no ID can be restored.
const EXPECTED = "preview.expected";
const LEFT = "preview.left";
// Where this tab remembers the user ID of the last login.
const EXPECTED_USER = "preview.expectedUser";
// Where this tab keeps its own ID, which separates its page loads from those of other tabs.
const TAB = "preview.tab";
// Where this tab keeps the button that was pressed by keyboard before the page reloaded.
const PRESSED = "preview.pressed";

const get = (id) => document.getElementById(id);
const tab = sessionStorage.getItem(TAB) ?? crypto.randomUUID();
sessionStorage.setItem(TAB, tab);
const visits = [];
// Whether `visits` contains this page load.
let isCounted = false;
// The anonymous ID that replaced another one on purpose during this page load.
let started = null;
// A promise that resolves when the SDK has sent the last call in its queue.
let sent = null;

/** Return the SDK's IDs of the visitor. */
function ids() {
  // If there is no anonymous ID, asking the SDK for it would create one and undo `reset()`.
  const hasAnonymousId =
    localStorage.getItem("htjs_anonymous_id") !== null ||
    /(^|; )htjs_anonymous_id=/.test(document.cookie);
  const user = window.htevents.user();
  return {
    anonymousId: hasAnonymousId ? user.anonymousId() : null,
    userId: user.id() ?? null,
  };
}

/** Run an action that may change the IDs, and show the visitor after it. */
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

/** Return the verdict on the visitor with these IDs: title, explanation, and tone. */
function verdict(anonymousId, userId) {
  const left = sessionStorage.getItem(LEFT);
  if (!anonymousId) {
    return [
      "Logged out",
      "The browser cookies are deleted. The next event starts a new visitor.",
      "",
    ];
  }
  if (short(anonymousId) === left) {
    return [
      "The visitor from before the logout is back",
      "The visitor logged out, but the page reloaded before the SDK sent its clear call. So the" +
        " cookie service restored the IDs. The documented logout prevents this.",
      "lost",
    ];
  }
  if (anonymousId === started) {
    return [
      "New visitor, as you asked",
      "A logout or another user ID starts a new anonymous ID.",
      "",
    ];
  }
  const expected = sessionStorage.getItem(EXPECTED);
  if (short(anonymousId) !== expected) {
    return [
      "New visitor: the IDs were lost",
      `The anonymous ID was ${expected} before. Your reports count two visitors.` +
        (cookieService
          ? ""
          : " The server cookies may still be there, but only the cookie service reads them."),
      "lost",
    ];
  }
  const expectedUser = sessionStorage.getItem(EXPECTED_USER);
  if (expectedUser && userId && String(userId) !== expectedUser) {
    return [
      "Same visitor, but another user ID",
      `The user ID was ${expectedUser} before. The SDK reads an ID of digits as a number, which` +
        " rounds a long one: give such IDs a prefix.",
      "lost",
    ];
  }
  const same = visits.filter((visit) => visit.anonymousId === anonymousId);
  if (!left && same.length === 1) {
    return ["First visit", "Come back later and see whether the IDs are still the same.", ""];
  }
  return [
    left ? "Same visitor as since the logout" : "Same visitor as on your first visit",
    `Same anonymous ID since ${dateOf(same[0])}.`,
    "kept",
  ];
}

function dateOf(visit) {
  return showDate(simulated(visit.time, visit.days));
}

// Many visits arrive at once when the log is read from its beginning.
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
  const [title, why, tone] = verdict(anonymousId, userId);
  const element = get("verdict");
  // If the same text were set again, a screen reader would read it again.
  if (element.textContent !== title) element.textContent = title;
  get("why").textContent = why;
  get("assessment").className = tone;
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

/** Wait for the next call to `path`, at most 3 s. The SDK sends its queue every second. */
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

/** Delete what ITP deletes, except the values that this page itself remembers. */
function deleteAllButNotes() {
  const keys = [LEFT, EXPECTED, EXPECTED_USER, PRESSED, TAB];
  const notes = keys.map((key) => [key, sessionStorage.getItem(key)]);
  deleteScriptWritten();
  for (const [key, note] of notes) if (note !== null) sessionStorage.setItem(key, note);
}

function keepFocus(pressed) {
  if (pressed.matches(":focus-visible")) sessionStorage.setItem(PRESSED, pressed.id);
}

get("log-in").addEventListener("submit", (submission) => {
  submission.preventDefault();
  const userId = get("user-id").value;
  sessionStorage.setItem(EXPECTED_USER, userId);
  change(() => window.htevents.identify(userId));
  report(`Identified as ${userId}.`);
});

get("reset").addEventListener("click", () => {
  sessionStorage.removeItem(EXPECTED_USER);
  change(() => window.htevents.reset());
  report("Reset. The SDK sends the clear call within a second.");
});

get("log-out").addEventListener("click", async () => {
  // A renew call may be in progress during the first call. The second call deletes the cookies that
  // the renew call sets.
  const clear = () =>
    cookieService && fetch(cookieService.clearUrl, { method: "POST", keepalive: true });
  await clear();
  sessionStorage.removeItem(EXPECTED_USER);
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
  // A visitor who comes back after eight days stays long enough for the SDK to send its calls.
  await sent;
  await post("/clock", { days: 8 });
  deleteAllButNotes();
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
  ? "Opens the same page without it, to show the effect of ITP."
  : "Opens the same page with it again.";
get("mode").textContent = cookieService ? "Cookie service on" : "Cookie service off";
if (restoreAfterHours > 0) {
  if (cookieService) get("mode").append(`, restore_after_hours=${restoreAfterHours}`);
  get("about-reset").textContent =
    "The SDK's own logout. It sends its clear call up to a second later. Even if you reload before" +
    ` that, IDs deleted within ${restoreAfterHours} hours of the last visit are not restored.`;
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
  // When the SDK has loaded, there is a renew call in its queue.
  if (cookieService) sent = called(cookieService.renewUrl);
  post("/visits", { ...ids(), tab, service: Boolean(cookieService) }).then(() => {
    isCounted = true;
    showSoon();
  });
});

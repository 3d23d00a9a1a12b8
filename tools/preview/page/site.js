// The card about the user's own site. The preview's own page loads this module.

import { make } from "./console.js";

const { address, later, origin, snippet } = await (await fetch("/site")).json();
const TARGET = "preview-site";

if (origin) {
  const copied = make("span", { className: "note", role: "status" });
  const copy = make("button", { type: "button", id: "copy-snippet" }, "Copy the snippet");
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(snippet);
      copied.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(document.getElementById("snippet"));
      copied.textContent = "Selected: copy it with the keyboard";
    }
  });
  document
    .getElementById("site")
    .append(
      make("h2", {}, "Your site ", make("small", {}, `${origin} behind the edge`)),
      make(
        "p",
        { className: "steps" },
        link("open-site", "", "Open your site", address),
        link("eight-days-later", "main", "Eight days later", later),
        make(
          "span",
          { className: "note" },
          "Deletes the site's script-written cookies and storage, as ITP does, moves the clock of" +
            " the cookie service, and opens the site again. Wait two seconds after the page has" +
            " loaded, so that the SDK has sent its calls.",
        ),
      ),
      make(
        "p",
        { className: "note" },
        "Add this to the head of each page, only for this preview. After a deployment, the stack's" +
          " output has the snippet for production.",
      ),
      make("pre", { id: "snippet", className: "scroll", tabIndex: 0 }, snippet),
      make("p", { className: "steps" }, copy, copied),
    );
  document.getElementById("site").hidden = false;
}

function link(id, className, text, href) {
  return make("a", { id, className: `button ${className}`, href, target: TARGET }, text);
}

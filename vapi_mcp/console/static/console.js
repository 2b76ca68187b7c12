// What pages of the console do beyond links and forms; each works without it, by a reload.
"use strict";

// data-copy: copies its value.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    announce(button, "Copied");
  } catch {
    announce(button, "Select and copy it");
  }
});

function announce(button, words) {
  const before = button.dataset.words || button.textContent;
  button.dataset.words = before;
  button.textContent = words;
  setTimeout(() => { button.textContent = before; }, 1600);
}

// Moments show the reader's own time as their title.
function localise(root) {
  for (const each of root.querySelectorAll("time[datetime]:not([data-local])")) {
    each.dataset.local = "";
    each.title = new Date(each.dateTime).toLocaleString() + " (your time)";
  }
}

// Fetches a part of a page; null where the page itself has to be loaded again.
async function fragment(url, options = {}) {
  const answer = await fetch(url, { ...options, headers: { ...options.headers, "X-Fragment": "1" } });
  if (answer.status === 401) { location.reload(); return null; }
  return answer.ok || answer.status === 400 ? answer.text() : null;
}

function replaceContent(target, html) {
  if (html === null || target.innerHTML === html) return;
  target.innerHTML = html;
  localise(target);
  target.dispatchEvent(new CustomEvent("replaced", { bubbles: true }));
}

// data-live="/path" [data-every="2"]: replaces its content every few seconds while it is seen.
// It stops when the new content holds an element with data-live-end.
function live(element) {
  const seconds = Number(element.dataset.every || 3);
  const step = async () => {
    if (document.visibilityState === "visible" && !element.matches(":has(:focus), :has([open])")) {
      try { replaceContent(element, await fragment(element.dataset.live)); } catch { /* the next time */ }
    }
    if (!element.querySelector("[data-live-end]")) setTimeout(step, seconds * 1000);
  };
  setTimeout(step, seconds * 1000);
}

// form[data-preview="/path"][data-into="#id"]: sends the form there after each change and shows the
// answer. The form token goes with it.
function preview(form) {
  const target = document.querySelector(form.dataset.into);
  let waiting = 0, latest = 0;
  const show = async () => {
    const mine = ++latest;
    target.setAttribute("aria-busy", "true");
    try {
      const html = await fragment(form.dataset.preview, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      if (mine === latest) replaceContent(target, html);
    } catch { /* the form itself still works */ }
    if (mine === latest) target.removeAttribute("aria-busy");
  };
  form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(show, 200); });
}

// form[data-auto]: sends itself when a choice changes.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-auto]");
  if (form && event.target.matches("select, input[type=checkbox], input[type=radio]")) form.requestSubmit();
});

// button[data-sure]: the first click asks, the second one within a few seconds does it.
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-sure]");
  if (!button || button.dataset.asked) return;
  event.preventDefault();
  button.dataset.asked = "1";
  const before = button.textContent;
  button.textContent = button.dataset.sure;
  setTimeout(() => { delete button.dataset.asked; button.textContent = before; }, 5000);
});

// One menu at a time; Escape closes it.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll("details.who[open]")) { open.open = false; open.querySelector("summary").focus(); }
});
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.who[open]")) if (!open.contains(event.target)) open.open = false;
});

// data-load="/path": is filled once the page is there, with what is slow.
async function load(element) {
  let html = null;
  try { html = await fragment(element.dataset.load); } catch { /* said below */ }
  if (html === null) element.textContent = "This part could not be loaded. Reload the page to try again.";
  else replaceContent(element, html);
}

localise(document);
document.querySelectorAll("[data-load]").forEach(load);
document.querySelectorAll("[data-live]").forEach(live);
document.querySelectorAll("form[data-preview]").forEach(preview);

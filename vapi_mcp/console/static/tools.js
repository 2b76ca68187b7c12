// The form of a tool and its JSON: a change in one is shown in the other. An empty field is left out.
"use strict";

const form = document.getElementById("try");
if (form) {
  const json = document.getElementById("arguments"), wrong = document.getElementById("wrong");
  const real = document.getElementById("real"), fields = [...form.querySelectorAll("[data-argument]")];
  const tell = (text) => { wrong.textContent = text; wrong.hidden = !text; };

  const valueOf = (field) => field.dataset.kind === "json" ? JSON.parse(field.value) : field.value;
  const shown = (value) => value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);

  function parsed() {
    const value = JSON.parse(json.value || "{}");
    if (value === null || typeof value !== "object" || Array.isArray(value)) throw new Error("it is no object, such as {}");
    return value;
  }

  function fromFields(changed) {
    let all;
    try { all = parsed(); } catch { all = {}; }
    const name = changed.dataset.argument;
    delete all[name];
    changed.removeAttribute("aria-invalid");
    if (changed.value.trim() !== "") {
      try { all[name] = valueOf(changed); tell(""); }
      catch { changed.setAttribute("aria-invalid", "true"); tell(`${name} is not JSON yet, so it is left out.`); }
    } else tell("");
    json.value = JSON.stringify(all, null, 2);
  }

  function fromJson() {
    let all;
    try { all = parsed(); } catch (error) { tell(`These are no arguments yet: ${error.message}`); return; }
    tell("");
    for (const field of fields) { field.value = shown(all[field.dataset.argument]); field.removeAttribute("aria-invalid"); }
  }

  form.addEventListener("input", (event) => {
    if (event.target.dataset.argument) fromFields(event.target);
    else if (event.target === json) fromJson();
    if (real) real.disabled = true; // other arguments: another dry run
  });
}

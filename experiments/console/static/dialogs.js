// Windows: choose a case, records, help.

import { ask } from "./live.js";
import { all, fill, find, make, show, typed, words } from "./page.js";

let tables = {}; // field -> name -> what it is

export function open(name) {
  for (const dialog of all("dialog[open]")) dialog.close();
  find(`#${name}`).showModal();
  if (name === "setup") preview();
  if (name === "records") list();
}

export function start() {
  for (const button of all("[data-open]")) button.onclick = () => open(button.dataset.open);
  for (const button of all("[data-close]")) button.onclick = () => button.closest("dialog").close();
  const form = find("#setup form");
  form.onchange = preview;
  form.onsubmit = begin;
  find("#draw").onclick = () => {
    form.elements.seed.value = crypto.getRandomValues(new Uint32Array(1))[0] % 100000;
    preview();
  };
  find("#records form").onsubmit = save;
}

export function build(choices) {
  const form = find("#setup form").elements;
  tables = { cohort: choices.cohorts, surgery: choices.surgeries, pressure: choices.pressures };
  for (const [name, table] of Object.entries(tables)) fill(form[name], Object.keys(table).map((one) => [one, words(one)]));
}

function chosen() {
  const form = find("#setup form").elements;
  const minutes = typed(form.horizon);
  return {
    cohort: form.cohort.value,
    surgery: form.surgery.value,
    pressure: form.pressure.value,
    seed: typed(form.seed),
    number: typed(form.number),
    horizon: typeof minutes === "number" ? minutes * 60 : minutes,
  };
}

async function preview() {
  for (const [name, table] of Object.entries(tables)) show(find(`[data-says=${name}]`), table[find("#setup form").elements[name].value]);
  const answer = await ask("preview", { case: chosen() });
  show(find("#preview"), answer ? person(answer.preview) : "–");
  show(find("#preview-notes"), answer ? answer.preview.notes.join("; ") : "");
}

export function person(who) {
  return `${who.sex === "F" ? "Woman" : "Man"}, ${who.age} y, ${who.height} cm, ${who.weight} kg`;
}

async function begin(event) {
  event.preventDefault();
  if (await ask("begin", { case: chosen() })) find("#setup").close();
}

async function list() {
  const answer = await ask("saved");
  const names = answer?.saved ?? [];
  const one = (name) => make("li", {}, make("span", {}, name), make("button", { "aria-label": `Load ${name}`, onclick: () => load(name) }, "Load"));
  find("#saved").replaceChildren(...(names.length ? names.map(one) : [make("li", { class: "note" }, "none yet")]));
}

async function save(event) {
  event.preventDefault();
  const answer = await ask("save", { name: event.target.elements.name.value.trim() });
  if (!answer) return;
  show(find("#records-note"), `saved in ${answer.path}; experiments.replay reads its patients.csv and infusions.csv`);
  list();
}

async function load(name) {
  show(find("#records-note"), `living ${name} again …`);
  const answer = await ask("load", { name });
  const same = "lived again, the same readings to the last digit; it goes on by hand";
  show(find("#records-note"), answer ? `${name}: ${answer.same ? same : "lived again, but other versions made other readings"}` : "");
}

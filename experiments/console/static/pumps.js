// Pumps and syringes: a card a drug, with its dial, its bolus, and its errors beside them.

import { ask } from "./live.js";
import { agentName, all, digits, find, make, show, typed, words } from "./page.js";

const PUMPS = ["propofol", "remifentanil", "norepinephrine"];
const STEPS = { propofol: 0.1, remifentanil: 0.1, norepinephrine: 0.01 };
const RATE_STEPS = { propofol: 0.5, remifentanil: 0.01, norepinephrine: 0.01 };
let choices;
let mode = "";
const step = (drug) => (mode === "rates" ? RATE_STEPS : STEPS)[drug];

export function start() {
  for (const radio of all("[name=mode]")) radio.onchange = () => ask("mode", { mode: radio.value });
}

export function build(known) {
  choices = known;
  find("#pump-list").replaceChildren(...PUMPS.map(pump), injections());
}

function stepper(id, label, unit, by, fault) {
  const field = make("input", { id, inputmode: "decimal", autocomplete: "off", "aria-label": label, "aria-describedby": `error-${fault}` });
  const turn = (sign) => {
    const before = Number(typed(field)) || 0;
    const places = String(by()).split(".")[1]?.length ?? 0;
    field.value = Math.max(0, before + sign * by()).toFixed(places);
    field.dataset.touched = "yes";
  };
  field.addEventListener("input", () => (field.dataset.touched = "yes"));
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      turn(event.key === "ArrowUp" ? 1 : -1);
      event.preventDefault();
    }
  });
  const button = (sign, text, says) =>
    make("button", { type: "button", class: "step", "aria-label": `${label}: ${says}`, onclick: () => turn(sign) }, text);
  return [field, make("span", { class: "stepper" }, button(-1, "−", "less"), field, button(1, "+", "more"), make("span", { class: "unit" }, unit))];
}

function pump(drug) {
  const [field, dial] = stepper(`dial-${drug}`, `${words(drug)} dial`, "", () => step(drug), drug);
  const set = make("button", { class: "primary", "aria-label": `Set ${words(drug)}` }, "Set");
  const form = make("form", { class: "dial" }, dial, set);
  form.onsubmit = async (event) => {
    event.preventDefault();
    if (await ask("dial", { drug, value: typed(field) })) delete field.dataset.touched;
  };
  const running = make("p", { class: "running" }, make("output", { id: `now-${drug}` }, "–"), make("span", { class: "unit" }));
  return make(
    "section",
    { class: `pump ${drug}`, "aria-label": words(drug) },
    make("header", {}, make("h3", {}, words(drug)), running),
    form,
    make("p", { class: "error", id: `error-${drug}`, "data-error": drug, role: "alert" }),
    bolus(drug),
  );
}

function bolus(drug) {
  const syringe = choices.syringes[drug];
  const by = syringe.usual < 10 ? 1 : 10;
  const [field, box] = stepper(`bolus-${drug}`, `${words(drug)} bolus`, syringe.unit, () => by, `${drug}_bolus`);
  field.value = syringe.usual;
  const form = make("form", { class: "bolus" }, box, make("button", { "aria-label": `Give ${words(drug)} bolus` }, PUMPS.includes(drug) ? "Bolus" : "Give"));
  form.onsubmit = (event) => {
    event.preventDefault();
    ask("push", { drug, value: typed(field) });
  };
  const waits = make("span", { class: "waits", id: `waits-${drug}`, role: "status" });
  return make("div", { class: "push" }, form, waits, make("p", { class: "error", id: `error-${drug}_bolus`, "data-error": `${drug}_bolus`, role: "alert" }));
}

function injections() {
  const drugs = Object.keys(choices.syringes).filter((drug) => !PUMPS.includes(drug));
  const boxes = drugs.map((drug) => make("div", { class: "injection" }, make("h4", {}, words(drug)), bolus(drug)));
  return make("section", { class: "pump injections norepinephrine", "aria-label": "By hand" }, make("header", {}, make("h3", {}, "by hand")), ...boxes);
}

export function update(state) {
  const held = state.control !== "hand";
  mode = state.mode;
  for (const radio of all("[name=mode]")) {
    radio.checked = radio.value === mode;
    radio.disabled = held || state.finished;
  }
  show(find("#holder"), held ? `${agentName(state.control)} has the pumps` : "pumps are in your hands");
  find("#holder").classList.toggle("held", held);
  for (const drug of PUMPS) {
    const lever = choices.levers[mode][drug];
    const card = find(`.pump.${drug}`);
    show(find(`#now-${drug}`), digits(state.dials[drug], lever.high));
    for (const unit of all(".running .unit, .dial .unit", card)) show(unit, lever.unit);
    const field = find(`#dial-${drug}`);
    field.disabled = held || state.finished;
    for (const button of all(".dial button", card)) button.disabled = held || state.finished;
    if (!field.dataset.touched && document.activeElement !== field) field.value = digits(state.dials[drug], lever.high);
  }
  for (const [drug, syringe] of Object.entries(choices.syringes)) {
    const dose = state.waiting[drug];
    show(find(`#waits-${drug}`), dose ? `${dose} ${syringe.unit} at the next reading` : "");
  }
  for (const button of all(".push button")) button.disabled = state.finished;
}

// The page: hears from the desk, tells its parts, and takes the keys.

import * as agents from "./agents.js";
import * as dialogs from "./dialogs.js";
import { ask, connect, on } from "./live.js";
import { all, clock, find, make, show, words } from "./page.js";
import * as pumps from "./pumps.js";
import * as score from "./score.js";
import * as traces from "./traces.js";

let choices = null;
let person = null;
let points = [];
let state = null;
let heard = 0; // ms, of the last state
let greeted = false;
let sure = false; // that the case is to be finished, after a first press

on("choices", (message) => {
  choices = message;
  for (const part of [pumps, agents, dialogs, score]) part.build(choices);
});
on("case", (message) => {
  person = message.person;
  points = [];
  for (const field of all("[data-touched]")) delete field.dataset.touched;
  take(message);
  if (!greeted && state.clock === 0 && !state.running) dialogs.open("setup");
  greeted = true;
  show(find("#who"), dialogs.person(person));
  const which = `seed ${person.seed}, case ${person.number} · ${words(person.cohort)} · surgery ${words(person.surgery)}, ${person.horizon / 60} min`;
  show(find("#which"), which);
  find("#which").title = which;
});
on("state", take);
on("asked", () => all("[data-error]").forEach((place) => show(place, "")));
on("refused", ({ field, text }) => {
  const open = find("dialog[open]");
  const places = all(`[data-error~="${CSS.escape(field)}"]`);
  const place = places.find((one) => (open ? open.contains(one) : true)) ?? (open && find(".error", open)) ?? find('[data-error~="score"]');
  show(place, text);
});
on("online", () => (find("#offline").hidden = true));
on("offline", () => (find("#offline").hidden = false));

function take(message) {
  const ended = state && state.case === message.state.case && !state.finished && message.state.finished;
  points = points.concat(message.points);
  state = message.state;
  heard = performance.now();
  render();
  if (ended && state.over) score.finish();
}

function render() {
  if (!state || !choices) return;
  const point = points.at(-1);
  traces.draw(points, state, choices);
  numerals(point);
  alarms();
  pumps.update(state);
  agents.update(state);
  agents.log(points);
  show(find("#run"), state.running ? "❚❚ Pause" : "▶ Run");
  find("#speed").value = String(state.speed);
  for (const id of ["run", "skip", "skip-five"]) find(`#${id}`).disabled = state.finished;
  show(find("#finish"), state.finished ? "Score" : sure ? "Really finish?" : "Finish");
  for (const place of all("[data-loss]")) place.hidden = state.clock === 0;
  show(find("#phase"), state.finished ? "finished" : `${choices.phases[point.phase]}${state.running ? "" : " · paused"}`);
  tick();
}

function numerals(point) {
  const whole = (value) => (value === null ? "– –" : String(Math.round(value)));
  for (const signal of ["index", "pressure", "heart_rate"]) {
    const row = find(`[data-signal=${signal}]`);
    show(find("output", row), whole(point[signal]));
    const level = state.alarms.find((alarm) => alarm.signal === signal)?.level ?? "";
    find(".value", row).dataset.level = level;
  }
  show(find("[data-signal=index] small"), `quality ${point.quality} %`);
  const age = point.pressure_age;
  show(find("[data-signal=pressure] small"), person.pressure === "cuff" || age > 15 ? `${Math.round(age)} s ago` : "arterial line");
  all("[data-signal=effect] output").forEach((place, i) => show(place, point.effect[i].toFixed(1)));
  const rates = Object.values(point.rates);
  all("[data-signal=rates] output").forEach((place, i) => show(place, rates[i].toFixed(i ? 3 : 1)));
  find("[data-signal=index] canvas").setAttribute("aria-label", `Traces over time; now ${traces.describe(point)}`);
}

function alarms() {
  const bar = find("#alarms");
  const signs = { crisis: "▲▲", warning: "▲" };
  const said = state.alarms.map((alarm) => `${signs[alarm.level]} ${alarm.text}`);
  const told = said.join("|") || "no alarm";
  if (bar.dataset.told === told) return; // or a reader would hear it again at every reading
  bar.dataset.told = told;
  const calm = make("span", { class: "calm" }, "no alarm");
  bar.replaceChildren(...(said.length ? said.map((text, i) => make("span", { class: state.alarms[i].level }, text)) : [calm]));
}

function tick() {
  if (!state) return;
  const on = state.running ? ((performance.now() - heard) / 1000) * state.speed : 0;
  const now = Math.min(state.clock + on, points.at(-1).time + person.period);
  show(find("#clock"), clock(now));
}
setInterval(tick, 200);

const focus = (id) => () => {
  find(id).focus();
  find(id).select?.();
};
const KEYS = {
  " ": () => find("#run").click(),
  ArrowRight: (event) => find(event.shiftKey ? "#skip-five" : "#skip").click(),
  p: focus("#dial-propofol"),
  r: focus("#dial-remifentanil"),
  n: focus("#dial-norepinephrine"),
  b: focus("#bolus-propofol"),
  e: focus("#bolus-ephedrine"),
  v: focus("#bolus-phenylephrine"),
  a: focus("#agent"),
  w: focus("#wishes [name=low]"),
  x: focus("#fault"),
  h: () => find("#hand-over").click(),
  t: () => find("#take-back").click(),
  f: () => find("#finish").click(),
  m: () => dialogs.open("records"),
  c: () => dialogs.open("setup"),
  "?": () => dialogs.open("help"),
};
[1, 5, 15, 30, 60].forEach((speed, i) => (KEYS[String(i + 1)] = () => ask("speed", { speed })));

document.addEventListener("keydown", (event) => {
  const field = event.target.closest("input, select, textarea");
  if (event.key === "Escape" && field && !find("dialog[open]")) return field.blur();
  if (field || find("dialog[open]") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === " " && event.target.closest("button")) return;
  const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act) return;
  event.preventDefault();
  act(event);
});

find("#run").onclick = () => ask("run", { on: !state.running });
find("#speed").onchange = () => ask("speed", { speed: Number(find("#speed").value) });
find("#skip").onclick = () => ask("skip", { seconds: 60 });
find("#skip-five").onclick = () => ask("skip", { seconds: 300 });
find("#finish").onclick = () => {
  if (sure || state.finished) score.finish();
  else setTimeout(() => render((sure = false)), 4000);
  sure = !sure && !state.finished;
  render();
};
for (const part of [pumps, agents, dialogs, score]) part.start();
traces.start(render);
connect();

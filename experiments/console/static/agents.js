// The agent that watches, what it would order, and who has the pumps; faults; the log.

import { ask } from "./live.js";
import { agentName, clock, digits, fill, find, make, show, typed, words } from "./page.js";

let choices;

export function start() {
  find("#agent").onchange = () => ask("advise", { agent: find("#agent").value });
  find("#hand-over").onclick = () => ask("hand_over");
  find("#take-back").onclick = () => ask("take_back");
  find("#strike").onclick = () => {
    const numbers = find("#fault-numbers").value.replaceAll(" ", "");
    ask("strike", { fault: find("#fault").value + (numbers && `:${numbers}`) });
  };
  find("#wishes").onsubmit = wish;
  find("#wishes").oninput = () => (find("#wishes").dataset.touched = "yes");
  find("#fault").onchange = describe;
}

export function build(known) {
  choices = known;
  fill(find("#agent"), [["", "nobody watches"], ...Object.keys(choices.agents).map((name) => [name, agentName(name)])]);
  fill(find("#fault"), Object.keys(choices.faults).map((name) => [name, words(name).replace("bis", "index")]));
  describe();
}

async function wish(event) {
  event.preventDefault();
  const form = find("#wishes");
  const wishes = { hold: form.hold.checked ? 1 : 0 };
  for (const name of ["low", "high", "opioid_floor"]) wishes[name] = typed(form[name]);
  if (await ask("wish", { wishes })) delete form.dataset.touched;
}

function wishes(state) {
  const form = find("#wishes");
  const { low, high, opioid_floor: floor, hold } = state.wishes;
  find("button", form).disabled = state.finished;
  if (!form.dataset.touched) {
    [form.low.value, form.high.value, form.opioid_floor.value, form.hold.checked] = [low, high, floor, hold > 0];
  }
  const parts = [`index ${low} to ${high}`, floor > 0 && `remifentanil ${floor} ng/mL or more`, hold > 0 && "doses held"];
  show(find("#wished"), `Agents are asked for: ${parts.filter(Boolean).join(", ")}.`);
}

function describe() {
  show(find("#fault-says"), choices.faults[find("#fault").value] ?? "");
}

export function update(state) {
  const { advice, control } = state;
  const held = control !== "hand";
  find("#agent").value = advice?.agent ?? "";
  find("#agent").disabled = held || state.finished;
  find("#agent-says").title = advice ? choices.agents[advice.agent] : "";
  show(find("#agent-says"), advice ? advice.why || choices.agents[advice.agent] : "Choose one to see what it would order.");
  find("#hand-over").disabled = !advice || held || state.finished;
  find("#take-back").disabled = !held || state.finished;
  find("#take-back").classList.toggle("primary", held);
  find("#agent-card").classList.toggle("held", held);
  find("#advice").hidden = !advice;
  if (advice) rows(state, advice);
  wishes(state);
  find("#strike").disabled = state.finished;
  find("#faults-running").replaceChildren(...state.faults.map((name) => make("li", {}, `${words(name).replace("bis", "index")} runs`)));
}

function rows(state, advice) {
  const levers = choices.levers[advice.mode];
  const lines = Object.entries(advice.dials).map(([drug, dial]) => {
    const bolus = advice.pushed[drug] ? ` + ${Math.round(advice.pushed[drug])} ${choices.syringes[drug].unit}` : "";
    const same = state.mode === advice.mode || drug === "norepinephrine";
    const ours = same ? digits(state.dials[drug], levers[drug].high) : "–";
    const head = make("th", { class: drug, scope: "row" }, words(drug), make("small", {}, levers[drug].unit));
    return make("tr", {}, head, make("td", {}, digits(dial, levers[drug].high) + bolus), make("td", {}, ours));
  });
  for (const drug of ["ephedrine", "phenylephrine"]) {
    if (advice.pushed[drug]) lines.push(make("tr", {}, make("th", { scope: "row" }, drug), make("td", {}, `${advice.pushed[drug]} ${choices.syringes[drug].unit}`), make("td", {}, "")));
  }
  find("#advice tbody").replaceChildren(...lines);
}

export function log(points) {
  const lines = [];
  for (let i = 1; i < points.length; i++) {
    const [before, point] = [points[i - 1], points[i]];
    if (point.by !== before.by) lines.push([before.time, point.by === "hand" ? "you took the pumps back" : `${agentName(point.by)} has the pumps`]);
    for (const [drug, dial] of Object.entries(point.dials)) {
      const lever = choices.levers[point.mode][drug];
      const turned = point.mode !== before.mode || digits(dial, lever.high) !== digits(before.dials[drug], lever.high);
      if (point.by === "hand" && before.by === "hand" && turned && dial + before.dials[drug] > 0) lines.push([before.time, `${words(drug)} ${digits(dial, lever.high)} ${lever.unit}`]);
    }
    for (const [drug, dose] of Object.entries(point.pushed)) lines.push([before.time, `${words(drug)} bolus ${Number(dose.toFixed(1))} ${choices.syringes[drug].unit}`]);
    if (point.phase !== before.phase) lines.push([point.time, choices.phases[point.phase]]);
  }
  const last = lines.slice(-12).reverse();
  find("#log").replaceChildren(...last.map(([time, text]) => make("li", {}, make("time", {}, clock(time)), ` ${text}`)));
}

// The end: the score card, what was true, and the same case with agents.

import { ask } from "./live.js";
import { agentName, colour, fill, find, make, pen, show } from "./page.js";

const PAINTS = ["index", "propofol", "heart", "norepinephrine", "pressure", "remifentanil"];
let last = null;
let choices;

export function start() {
  find("#compare").onclick = async () => {
    const agent = find("#rival").value;
    show(find("#score-busy"), `${agentName(agent)} lives the case …`);
    const answer = await ask("compare", { agent });
    show(find("#score-busy"), answer ? "" : "refused");
    if (answer) render(answer);
  };
  new ResizeObserver(() => last && courses()).observe(find("#score"));
}

export function build(known) {
  choices = known;
  fill(find("#rival"), Object.keys(choices.agents).map((name) => [name, agentName(name)]), "anaesthetist_textbook");
}

export async function finish() {
  const answer = await ask("finish");
  if (!answer) return;
  show(find("#score-busy"), "");
  if (!find("#score").open) find("#score").showModal();
  render(answer);
}

function render(answer) {
  last = answer;
  const had = Object.entries(answer.shares).map(([name, share]) => `${agentName(name)} ${Math.round(100 * share)} %`);
  show(find("#score-who"), `True values, as in every evaluation. Who had the pumps: ${had.join(", ")}.`);
  const names = Object.keys(answer.curves);
  const head = make("tr", {}, make("th", {}, "metric"), ...names.map((name) => make("th", { scope: "col" }, agentName(name))));
  const body = [];
  let group = "";
  for (const row of answer.score) {
    if (row.group !== group) body.push(make("tr", { class: "group" }, make("th", { colspan: names.length + 1 }, (group = row.group))));
    const known = Object.values(row.values).filter((value) => value !== null);
    const best = row.better === "lower" ? Math.min(...known) : row.better === "higher" ? Math.max(...known) : null;
    const contest = best !== null && known.some((value) => value !== best);
    const cell = (name) => make("td", { class: contest && row.values[name] === best ? "best" : "" }, row.texts[name]);
    body.push(make("tr", { "data-metric": row.metric }, make("th", { scope: "row" }, row.label, make("small", {}, row.unit)), ...names.map(cell)));
  }
  find("#score-table").replaceChildren(make("thead", {}, head), make("tbody", {}, ...body));
  find("#course-key").replaceChildren(...names.map((name, i) => make("span", { class: PAINTS[i % PAINTS.length] }, `━ ${agentName(name)}`)));
  courses();
}

function courses() {
  course(find("#course-index"), "bis", 0, 100, [40, 60]);
  course(find("#course-pressure"), "mean_arterial_pressure", 30, 140, [65]);
}

function course(canvas, signal, low, high, marks) {
  const { context, width, height } = pen(canvas);
  const curves = Object.values(last.curves);
  const end = Math.max(...curves.map((one) => one.minutes.at(-1)), 1);
  const x = (minute) => 30 + (minute / end) * (width - 36);
  const y = (level) => height - 16 - ((Math.min(Math.max(level, low), high) - low) / (high - low)) * (height - 22);
  context.font = "11px system-ui, sans-serif";
  context.fillStyle = colour("dim");
  context.strokeStyle = colour("line");
  context.textBaseline = "middle";
  for (const mark of marks) {
    context.fillText(mark, 6, y(mark));
    context.strokeRect(30, y(mark), width - 36, 0);
  }
  context.fillText("0", 30, height - 6);
  context.fillText(`${Math.round(end)} min`, width - 44, height - 6);
  curves.forEach((one, i) => {
    context.strokeStyle = colour(PAINTS[i % PAINTS.length]);
    context.lineWidth = i ? 1.5 : 2.2;
    context.beginPath();
    one.minutes.forEach((minute, k) => context.lineTo(x(minute), y(one[signal][k])));
    context.stroke();
  });
}

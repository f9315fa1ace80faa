// The monitor's traces: one canvas a row, one time axis for all, drawn anew at every reading.

import { agentName, all, colour, find, pen, words } from "./page.js";

const LEFT = 34; // px for the scale
const AHEAD = 330; // s of the time axis kept free for the forecast
const ROWS = {
  index: { low: 0, high: 116, // phases are written above
    marks: [20, 40, 60, 80], series: [["index", "index"]] },
  pressure: { low: 25, high: 165, marks: [65, 90, 120, 150], series: [["pressure", "pressure"]] },
  heart_rate: { low: 25, high: 145, marks: [45, 70, 100, 130], series: [["heart_rate", "heart"]] },
  effect: { low: 0, high: 9, marks: [2, 4, 6, 8], series: [["effect0", "propofol"], ["effect1", "remifentanil"]] },
  rates: { low: 0, high: 1, marks: [], series: [["rate0", "propofol"], ["rate1", "remifentanil"], ["rate2", "norepinephrine"]] },
};
const FULL = [20, 0.5, 0.2]; // what fills the row: mg/kg/h, µg/kg/min, µg/kg/min
const DRUGS = ["propofol", "remifentanil", "norepinephrine"];
const HATCHED = ["index", "pressure", "heart_rate"];

let minutes = 30;
let shown = { points: [], state: null, choices: null };

export function start(redraw) {
  for (const button of all("[data-span]")) {
    button.onclick = () => {
      minutes = Number(button.dataset.span);
      for (const other of all("[data-span]")) other.setAttribute("aria-pressed", String(other === button));
      redraw();
    };
  }
  new ResizeObserver(redraw).observe(find(".monitor"));
}

function value(point, key) {
  if (key.startsWith("effect")) return point.effect[Number(key.at(-1))];
  if (key.startsWith("target")) return point.mode === "targets" ? point.dials[DRUGS[key.at(-1)]] : null;
  if (key.startsWith("rate")) return point.rates[DRUGS[key.at(-1)]] / FULL[Number(key.at(-1))];
  return point[key];
}

export function draw(points, state, choices) {
  shown = { points, state, choices };
  const now = points.at(-1).time;
  const span = minutes ? minutes * 60 : Math.max(600, now + AHEAD);
  const begin = Math.max(0, now + AHEAD - span);
  for (const row of all(".row")) drawRow(row, begin, begin + span);
}

function drawRow(row, begin, end) {
  const signal = row.dataset.signal;
  const rule = ROWS[signal];
  const { context, width, height } = pen(find("canvas", row));
  const x = (time) => LEFT + ((time - begin) / (end - begin)) * (width - LEFT - 6);
  const [foot, head] = signal === "rates" ? [18, 20] : [6, 8]; // room for minutes, and for who has the pumps
  const y = (level) => height - foot - ((Math.min(Math.max(level, rule.low), rule.high) - rule.low) / (rule.high - rule.low)) * (height - foot - head);
  grid(context, rule, signal, x, y, begin, end, width, height);
  const points = shown.points.filter((point) => point.time >= begin - 60);
  context.save();
  context.beginPath();
  context.rect(LEFT, 0, width - LEFT, height);
  context.clip();
  if (signal === "index") ahead(context, x, y);
  if (signal === "rates") holders(context, points, x, height);
  if (HATCHED.includes(signal)) missing(context, points, signal, x, height);
  if (signal === "effect") {
    context.setLineDash([2, 4]);
    for (const [key, paint] of [["target0", "propofol"], ["target1", "remifentanil"]]) line(context, points, key, colour(paint), x, y, true);
    context.setLineDash([]);
  }
  for (const [key, paint] of rule.series) line(context, points, key, colour(paint), x, y, signal === "rates");
  if (signal === "rates") pushes(context, points, x);
  now(context, x, height);
  context.restore();
}

function grid(context, rule, signal, x, y, begin, end, width, height) {
  context.font = "11px system-ui, sans-serif";
  context.fillStyle = colour("faint");
  context.strokeStyle = colour("line");
  context.lineWidth = 1;
  if (signal === "index") {
    context.fillStyle = colour("band");
    context.fillRect(LEFT, y(60), width - LEFT - 6, y(40) - y(60));
  }
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.fillStyle = colour("dim");
  for (const mark of rule.marks) {
    context.beginPath();
    context.moveTo(LEFT, Math.round(y(mark)) + 0.5);
    context.lineTo(width - 6, Math.round(y(mark)) + 0.5);
    context.stroke();
    context.fillText(mark, LEFT - 6, y(mark));
  }
  const step = end - begin > 5400 ? 1800 : end - begin > 1500 ? 300 : 120;
  context.textAlign = "center";
  for (let time = Math.ceil(begin / step) * step; time < end; time += step) {
    context.beginPath();
    context.moveTo(Math.round(x(time)) + 0.5, 4);
    context.lineTo(Math.round(x(time)) + 0.5, height - 4);
    context.stroke();
    if (signal === "rates") context.fillText(`${Math.round(time / 60)} min`, Math.min(Math.max(x(time), LEFT + 16), width - 24), height - 8);
  }
  if (signal === "index") phases(context, x, begin);
}

function phases(context, x, begin) {
  context.textAlign = "left";
  context.fillStyle = colour("dim");
  let last = -1;
  const free = [0, 0]; // px, from where each of two lines is free
  for (const point of shown.points) {
    if (point.phase !== last && point.time >= begin) {
      const [name, at] = [shown.choices.phases[point.phase], x(point.time)];
      const lane = free.findIndex((from) => from <= at);
      if (lane >= 0) {
        context.fillText(name, at + 4, 9 + 12 * lane);
        free[lane] = at + 8 + context.measureText(name).width;
      }
      context.fillRect(at, 2, 1, 22);
    }
    last = point.phase;
  }
}

function line(context, points, key, paint, x, y, steps) {
  context.strokeStyle = paint;
  context.lineWidth = key.startsWith("target") ? 1 : 2;
  context.lineJoin = "round";
  context.beginPath();
  let before = null;
  for (const point of points) {
    const level = value(point, key);
    if (level !== null && before !== null) {
      if (steps) context.lineTo(x(before.time), y(level)); // what holds over a turn is told at its end
      context.lineTo(x(point.time), y(level));
    } else if (level !== null) context.moveTo(x(point.time), y(level));
    before = level === null ? null : point;
  }
  context.stroke();
}

function missing(context, points, signal, x, height) {
  context.fillStyle = colour("missing");
  for (let i = 1; i < points.length; i++) {
    if (value(points[i], signal) === null) context.fillRect(x(points[i - 1].time), 4, x(points[i].time) - x(points[i - 1].time) + 0.5, height - 8);
  }
}

function ahead(context, x, y) {
  const point = shown.points.at(-1);
  const forecast = shown.state.forecast;
  if (!forecast.length || shown.state.finished) return;
  const from = shown.points.findLast((one) => one.index !== null)?.index ?? forecast[0].expected;
  const path = [{ seconds: 0, expected: from, q10: from, q25: from, q75: from, q90: from }, ...forecast];
  context.fillStyle = colour("ahead");
  for (const [low, high] of [["q10", "q90"], ["q25", "q75"]]) {
    context.beginPath();
    for (const one of path) context.lineTo(x(point.time + one.seconds), y(one[high]));
    for (const one of [...path].reverse()) context.lineTo(x(point.time + one.seconds), y(one[low]));
    context.fill();
  }
  context.strokeStyle = colour("index");
  context.lineWidth = 1.5;
  context.setLineDash([4, 4]);
  context.beginPath();
  for (const one of path) context.lineTo(x(point.time + one.seconds), y(one.expected));
  context.stroke();
  context.setLineDash([]);
}

function holders(context, points, x, height) {
  let from = null;
  const close = (to) => {
    context.fillStyle = colour("agent");
    context.fillRect(x(from.time), 2, Math.max(2, x(to) - x(from.time)), 14);
    context.fillStyle = colour("text");
    context.textAlign = "left";
    context.save();
    context.beginPath();
    context.rect(x(from.time), 0, Math.max(2, x(to) - x(from.time)), 16);
    context.clip();
    context.fillText(agentName(from.by), x(from.time) + 4, 9);
    context.restore();
  };
  for (let i = 1; i < points.length; i++) {
    const by = points[i].by;
    if (from && by !== from.by) {
      close(points[i - 1].time);
      from = null;
    }
    if (!from && by !== "hand") from = { by, time: points[i - 1].time };
  }
  if (from) close(points.at(-1).time);
}

function pushes(context, points, x) {
  context.textAlign = "center";
  for (let i = 1; i < points.length; i++) {
    Object.keys(points[i].pushed).forEach((drug, row) => {
      context.fillStyle = colour(drug);
      context.fillText("▼", x(points[i - 1].time), 24 + 9 * row);
    });
  }
}

function now(context, x, height) {
  const time = x(shown.points.at(-1).time);
  context.fillStyle = colour("now");
  context.fillRect(time, 2, 1, height - 4);
}

export function describe(point) {
  const told = (name, level, unit) => `${words(name)} ${level === null ? "missing" : Math.round(level)}${unit}`;
  return `${told("index", point.index, "")}, ${told("pressure", point.pressure, " mmHg")}, ${told("heart_rate", point.heart_rate, "/min")}`;
}

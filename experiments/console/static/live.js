// The connection: ask() sends and waits for the answer; listeners hear of every change. Reconnects by itself.

const listeners = new Map(); // type -> functions
const waiting = new Map(); // id -> {resolve, reject}
let socket;
let count = 0;

export function on(type, listener) {
  listeners.set(type, [...(listeners.get(type) ?? []), listener]);
}

function say(type, message) {
  for (const listener of listeners.get(type) ?? []) listener(message);
}

export function connect() {
  socket = new WebSocket(`ws://${location.host}/live`);
  socket.onopen = () => say("online");
  socket.onmessage = (event) => {
    const message = JSON.parse(event.data);
    if (message.type !== "answer") return say(message.type, message);
    const asked = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error) say("refused", message.error);
    if (asked) message.error ? asked.reject(message.error) : asked.resolve(message);
  };
  socket.onclose = () => {
    say("offline");
    for (const asked of waiting.values()) asked.reject({ field: "", text: "no connection" });
    waiting.clear();
    setTimeout(connect, 1000);
  };
}

/** Ask for something; resolves to the answer, to null where it is refused (which is shown beside its field). */
export async function ask(what, more = {}) {
  if (socket?.readyState !== WebSocket.OPEN) return null;
  say("asked", { what, ...more });
  const id = ++count;
  const slow = setTimeout(() => document.body.classList.add("busy"), 400);
  const answer = new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
  socket.send(JSON.stringify({ id, do: what, ...more }));
  try {
    return await answer;
  } catch {
    return null;
  } finally {
    clearTimeout(slow);
    if (!waiting.size) document.body.classList.remove("busy");
  }
}

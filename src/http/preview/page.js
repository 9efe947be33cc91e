// Shows the events of /events. Text from outside gets into the page as textContent only.
"use strict";

const MESSAGES = 50;
const SYMBOLS = { granted: "✓", denied: "✕", review: "?", inconclusive: "!" };

const one = (selector, root = document) => root.querySelector(selector);
const words = (code) => {
  const text = code.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
};
const fixed = (score) => (typeof score === "number" ? score.toFixed(2) : "–");

const show = {
  decision({ verdict, reason, subject }) {
    const banner = one("#decision");
    banner.dataset.verdict = verdict;
    one("#camera").dataset.verdict = verdict;
    one(".symbol", banner).textContent = SYMBOLS[verdict] ?? "";
    one(".verdict", banner).textContent = words(verdict);
    one(".reason", banner).textContent = words(reason);
    one(".subject", banner).textContent = subject ?? "";
  },

  door({ released }) {
    const door = one("#door");
    door.dataset.released = released;
    one(".state", door).textContent = released ? "Door released" : "Door locked";
    one(".note", door).textContent = released ? "The strike lets people in" : "The strike holds";
  },

  face({ boxes, label, similarity, pad_score, quality }) {
    const overlays = boxes.map((box, index) => overlay(box, index, label));
    one("#camera .boxes").replaceChildren(...overlays);
    // Nobody is left whom the decision was about.
    if (boxes.length === 0) delete one("#camera").dataset.verdict;
    one("#similarity").textContent = fixed(similarity);
    one("#pad_score").textContent = fixed(pad_score);
    one("#quality").textContent = quality ?? "–";
  },

  message({ topic, payload }) {
    const item = document.createElement("li");
    item.append(paragraph("topic", topic), paragraph("payload", spaced(payload)));
    const list = one("#messages ol");
    list.prepend(item);
    while (list.children.length > MESSAGES) list.lastElementChild.remove();
    one("#count").textContent = `· newest of ${list.children.length} on top`;
  },

  panel({ revision }) {
    one("#panel img").src = `/panel.png?revision=${revision}`;
  },
};

// JSON on one line, with spaces where it may be broken.
const spaced = (json) => JSON.stringify(json, null, 1).replaceAll(/\n\s*/g, " ");

function paragraph(name, text) {
  const element = document.createElement("p");
  element.className = name;
  element.textContent = text;
  return element;
}

function overlay(box, index, label) {
  const element = document.createElement("div");
  element.className = index === 0 ? "box" : "box other";
  element.style.left = `${100 * box.x}%`;
  element.style.top = `${100 * box.y}%`;
  element.style.width = `${100 * box.width}%`;
  element.style.height = `${100 * box.height}%`;
  element.classList.toggle("low", box.y + box.height > 0.9);
  if (index === 0 && label) {
    const text = document.createElement("span");
    text.textContent = label;
    element.append(text);
  }
  return element;
}

// Puts a picture in place of the note that there is none yet.
function reveal({ target: image }) {
  image.hidden = false;
  one(".empty", image.parentElement).hidden = true;
}

function connection(state, text) {
  const status = one("#connection");
  status.dataset.state = state;
  status.textContent = text;
}

function connect() {
  const events = new EventSource("/events");
  events.addEventListener("open", () => {
    // The server tells the current state anew, the messages with it.
    one("#messages ol").replaceChildren();
    connection("live", "Live");
  });
  events.addEventListener("message", ({ data }) => {
    const event = JSON.parse(data);
    show[event.kind]?.(event);
  });
  events.addEventListener("error", () => connection("waiting", "Connection lost, trying again"));
}

one("#panel img").addEventListener("load", reveal);
one("#camera img").addEventListener("load", reveal);
one("#camera img").src = "/camera.mjpeg";
connect();

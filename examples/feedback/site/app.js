// The form and the list of the newest feedback.
"use strict";

const FIELDS = [
  ["name", "input", { required: true, maxLength: 100 }],
  ["email", "input", { required: true, type: "email", maxLength: 254 }],
  ["rating", "input", { required: true, type: "number", min: 1, max: 5 }],
  ["message", "textarea", { required: true, maxLength: 5000 }],
];

function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

async function ask(path, options) {
  const response = await fetch(path, options);
  const body = await response.json();
  if (!response.ok) throw new Error([body.message, ...(body.problems ?? [])].join("\n"));
  return body;
}

async function show(list) {
  const { items } = await ask("/api/feedback?limit=10");
  list.replaceChildren(...items.map((item) => make("li", {}, `${item.rating}/5 ${item.message}`)));
}

function start() {
  const inputs = FIELDS.map(([name, tag, properties]) => make(tag, { name, ...properties }));
  const labels = inputs.map((input) => make("label", {}, input.name, input));
  const form = make("form", {}, ...labels, make("button", {}, "Send"));
  const list = make("ul", {});
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = Object.fromEntries(new FormData(form));
    body.rating = Number(body.rating);
    try {
      await ask("/api/feedback", { method: "POST", body: JSON.stringify(body) });
      form.reset();
      await show(list);
    } catch (error) {
      alert(error.message);
    }
  });
  document.getElementById("app").append(make("h1", {}, "Feedback"), form, list);
  show(list);
}

start();

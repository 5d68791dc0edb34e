"use strict";

const body = document.body;
const said = document.getElementById("said");
const list = document.getElementById("decisions");
let version = Number(body.dataset.version);

function say(text) {
  said.textContent = text;
}

async function post(name, content) {
  const response = await fetch(`/_cors/${name}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ...content, token: body.dataset.token }),
  });
  return response.ok ? response.json() : { error: await response.text() };
}

async function refresh() {
  const response = await fetch("/_cors/decisions");
  if (!response.ok) return;
  const found = await response.json();
  if (found.version === version || list.contains(document.activeElement)) return;
  version = found.version;
  list.innerHTML = found.html;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.copy) {
    await navigator.clipboard.writeText(button.dataset.copy);
    say("Copied.");
  }
  if (button.dataset.line) {
    if (button.dataset.foreign && !button.dataset.asked) {
      button.dataset.asked = "yes";
      button.textContent = `This origin is not on your machine, and anyone can send requests with it. Write ${button.dataset.line} anyway?`;
      return;
    }
    const found = await post("write", { line: button.dataset.line, confirmed: Boolean(button.dataset.asked) });
    say(found.error || found.said);
    button.blur();
    version = -1;
    if (list) await refresh();
  }
});

document.getElementById("explain").addEventListener("submit", async (event) => {
  event.preventDefault();
  const query = new URLSearchParams(new FormData(event.target));
  const found = await (await fetch(`/_cors/explain?${query}`)).json();
  const answer = document.getElementById("answer");
  if (found.error) answer.textContent = found.error;
  else answer.innerHTML = found.html;
});

const send = document.getElementById("send");
if (send) {
  send.addEventListener("click", async () => {
    const form = new FormData(document.getElementById("explain"));
    const headers = {};
    for (const name of form.get("headers").split(",").map((text) => text.trim()).filter(Boolean)) headers[name] = "x";
    const url = `${location.protocol}//${body.dataset.other}${form.get("path")}`;
    try {
      const response = await fetch(url, { method: form.get("method"), headers, cache: "no-store" });
      say(`This browser allowed ${location.origin} to read ${url}: status ${response.status}.`);
    } catch (error) {
      say(`This browser blocked ${url} for ${location.origin}: ${error.message}. The console has its reason.`);
    }
  });
}

document.getElementById("compare").addEventListener("submit", async (event) => {
  event.preventDefault();
  const found = await post("compare", { text: new FormData(event.target).get("text") });
  const items = found.error ? [found.error] : found.lines;
  document.getElementById("differences").replaceChildren(
    ...items.map((text) => Object.assign(document.createElement("li"), { textContent: text })),
  );
});

if (list) setInterval(() => document.hidden || refresh().catch(() => {}), 1000);

// The page: the log, the login, and what the policy does not allow.

import { ask, config, element } from "./asking.js";

const find = (selector) => document.querySelector(selector);

async function showShips() {
  const response = await ask("GET", "/api/ships");
  if (!response?.ok) return;
  const ships = await response.json();
  find("#total").textContent = `${response.headers.get("X-Total-Count")} in total`;
  find("#ships").replaceChildren(...ships.map(row));
}

function row(ship) {
  const item = document.createElement("li");
  const text = element("div", "");
  text.append(element("strong", "", ship.name), element("div", "note", ship.note));
  const actions = element("div", "actions");
  actions.append(
    button("Turn", () => change("PUT", ship, { ...ship, bearing: (ship.bearing + 15) % 360 })),
    button("Delete", () => change("DELETE", ship)),
  );
  item.append(element("span", "bearing", `${String(ship.bearing).padStart(3, "0")}°`), text, actions);
  return item;
}

function button(label, action) {
  const made = element("button", "plain", label);
  made.type = "button";
  made.addEventListener("click", action);
  return made;
}

async function change(method, ship, body) {
  await ask(method, `/api/ships/${ship.id}`, { body });
  await showShips();
}

async function showLogin(response) {
  if (!response) return;
  const { seconds_left: seconds } = response.ok ? await response.json() : {};
  find("#login-state").textContent = seconds === undefined ? "— not logged in" : `— valid for ${seconds} s`;
}

find("#entry").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const { name, bearing, note } = Object.fromEntries(new FormData(form));
  const response = await ask("POST", "/api/ships", { body: { name, bearing: Number(bearing), note } });
  if (response?.ok) form.reset();
  await showShips();
});

find("#login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { password, seconds } = Object.fromEntries(new FormData(event.target));
  const response = await ask("POST", "/api/login", {
    body: { password, seconds: Number(seconds) },
    why: "Its cookie is HttpOnly: no script can read it, not even a script of this page.",
  });
  if (!response?.ok) return;
  await showLogin(response);
  setTimeout(async () => showLogin(await ask("GET", "/api/login")), (Number(seconds) + 1) * 1000);
});

find("#logout").addEventListener("click", async () => {
  await ask("DELETE", "/api/login");
  find("#login-state").textContent = "— not logged in";
});

find("#try-method").addEventListener("click", () => ask("PATCH", "/api/ships/1", { body: { bearing: 90 } }));
find("#try-header").addEventListener("click", () => ask("GET", "/api/ships", { headers: { "X-Lamp": "on" } }));

find("#here").textContent = location.origin;
find("#api").textContent = config.api;
find("#stranger").textContent = config.stranger;
find("#stranger-frame").src = `${config.stranger}/stranger.html`;
await showLogin(await ask("GET", "/api/login"));
await showShips();

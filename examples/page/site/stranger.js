// The same requests from an origin that the policy does not allow.

import { ask } from "./asking.js";

async function tryAll() {
  await ask("GET", "/api/ships");
  await ask("GET", "/api/login");
}

document.querySelector("#again").addEventListener("click", tryAll);
await tryAll();

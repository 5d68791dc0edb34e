// One request with fetch(), and a card that shows what the browser did with it.

const SAFELISTED_METHODS = ["GET", "HEAD", "POST"];
const SAFELISTED_TYPES = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];
const CARDS = 12;

export const config = await (await fetch("config.json")).json();

// Sends a request with the login cookie. Returns the response, or null if the browser blocked it.
// `why` is what the card says about a successful response.
export async function ask(method, path, { body, headers = {}, why } = {}) {
  const sent = { ...headers };
  if (body !== undefined) sent["Content-Type"] = "application/json";
  const card = addCard(method, path, preflightReasons(method, sent));
  try {
    const response = await fetch(config.api + path, {
      method, headers: sent, credentials: "include", body: body && JSON.stringify(body),
    });
    finish(card, "read", String(response.status), (response.ok && why) || meaning(response), await readable(response));
    return response;
  } catch (error) {
    finish(card, "blocked", "blocked", `fetch() failed: ${error}. The page is not told why; the browser’s console (F12) is.`);
    return null;
  }
}

// Why the request needs a preflight; empty if it needs none. The browser keeps its response for CORS_MAX_AGE.
function preflightReasons(method, headers) {
  const reasons = [];
  if (!SAFELISTED_METHODS.includes(method)) reasons.push(`the method ${method}`);
  for (const [name, value] of Object.entries(headers)) {
    if (name !== "Content-Type") reasons.push(`the header ${name}`);
    else if (!SAFELISTED_TYPES.includes(value)) reasons.push(`Content-Type: ${value}`);
  }
  return reasons;
}

function meaning(response) {
  if (response.status === 401) return "The page can read that it is not logged in: a 401 carries the CORS headers too.";
  return response.ok ? "The page can read the response." : "The page can read this error: it comes from the API, not from CORS.";
}

async function readable(response) {
  const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`);
  const text = (await response.clone().text()).trim();
  return [...headers, "", text.length > 160 ? `${text.slice(0, 160)} …` : text].join("\n").trim();
}

function addCard(method, path, reasons) {
  const card = document.createElement("li");
  const line = element("div", "line");
  line.append(element("span", "", `${method} ${path}`), element("span", "mark", "…"));
  card.append(line, element("p", "", reasons.length
    ? `Needs a preflight because of ${reasons.join(" and ")}. The browser sent one now, or in the last ten minutes.`
    : "Needs no preflight."));
  const traffic = document.querySelector("#traffic");
  traffic.prepend(card);
  while (traffic.children.length > CARDS) traffic.lastChild.remove();
  return card;
}

function finish(card, outcome, mark, sentence, text = "") {
  card.className = outcome;
  const shown = card.querySelector(".mark");
  shown.textContent = mark;
  shown.classList.add(`${outcome}-mark`);
  card.append(element("p", "", sentence));
  if (text) card.append(element("pre", "", text));
}

export function element(name, className, text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

// Keeps the answers of a section safe while they are typed: saves them, tells what became of them, shows who else is
// there, and shows or hides questions that hang on others. The page works without it.

const EVERY = 5000; // ms between saves while there is something to save
const SIGN_OF_LIFE = 15000; // ms between signs of life; the service forgets a person after 45 s
const MOST_IN_LAST_BREATH = 60000; // bytes that a browser sends for a page that is being left

const form = document.getElementById("answers");

// --- Questions that hang on others ----------------------------------------------------------------------------------

function chosen(name) {
  return [...form.querySelectorAll(`[name="${CSS.escape(name)}"]`)].filter((field) => field.checked).map((field) => field.value);
}

function reveal() {
  for (const option of form.querySelectorAll("[data-reveals]")) {
    const kind = option.type === "radio" ? "radios" : "checkboxes";
    document.getElementById(option.dataset.reveals).classList.toggle(`nhsuk-${kind}__conditional--hidden`, !option.checked);
  }
  for (const question of form.querySelectorAll("[data-shown-if]")) {
    const values = question.dataset.values.split(" ");
    question.hidden = !chosen(question.dataset.shownIf).some((value) => values.includes(value));
  }
}

// --- Saving ---------------------------------------------------------------------------------------------------------

const said = form.querySelector("[data-saved]");
const present = document.querySelector("[data-present]");
const base = form.elements.namedItem("base");
let waiting = false; // something was typed since the last save that succeeded
let underway = false;
let last = Date.now();
let leaving = false;

const turn = form.elements.namedItem("turn"); // of two savings on their way, the later one counts

function body() {
  turn.value = Number(turn.value) + 1;
  return new URLSearchParams(new FormData(form));
}

function say(words, failed = false) {
  if (said.textContent !== words) said.textContent = words;
  said.classList.toggle("app-saved--failed", failed);
}

async function save() {
  if (underway || leaving) return;
  underway = true;
  const typed = waiting;
  waiting = false;
  try {
    const answer = await fetch(form.dataset.autosave, { method: "POST", body: body(), headers: { Accept: "application/json" }, redirect: "manual" });
    if (answer.status === 409 || answer.status === 403 || answer.status === 404) {
      say("This application can no longer be changed here. Copy what you have typed before you leave this page.", true);
      leaving = true;
      return;
    }
    if (answer.type === "opaqueredirect") {
      waiting = waiting || typed;
      last = Date.now();
      say("Not saved: you are signed out. Sign in again in another tab; your text is still here, and is saved then.", true);
      return;
    }
    if (!answer.ok) throw new Error(String(answer.status));
    told(await answer.json(), typed);
    last = Date.now();
  } catch {
    waiting = waiting || typed;
    last = Date.now();
    if (waiting) say("Not saved: the service cannot be reached. Your text is still here, and we go on trying.", true);
  } finally {
    underway = false;
  }
}

function told(news, typed) {
  // What is saved as it stands here is what later changes are compared with; of the rest the old text still is.
  base.value = JSON.stringify({ ...JSON.parse(base.value || "{}"), ...news.base });
  form.elements.namedItem("version").value = news.version;
  if (typed) say(`Saved at ${news.at}`);
  mark(news.changed, "app-changed", () => "A colleague has changed this answer meanwhile. It is merged when you save.");
  mark(Object.keys(news.rivals), "app-rivalled", (name) => `A colleague has written another answer: “${news.rivals[name].join(" ")}” Both are kept. Save to choose.`);
  present.hidden = news.present.length === 0;
  const names = news.present.join(" and ");
  const words = news.present.length ? `${names} ${news.present.length === 1 ? "has" : "have"} this section open too.` : "";
  if (present.textContent !== words) present.textContent = words;
}

function mark(names, kind, words) {
  for (const note of form.querySelectorAll(`.${kind}`)) if (!names.includes(note.dataset.about)) note.remove();
  for (const name of names) {
    const question = form.querySelector(`[data-question="${CSS.escape(name)}"]`);
    if (!question) continue;
    let note = question.querySelector(`.${kind}`);
    if (!note) {
      note = document.createElement("p");
      note.className = `${kind} nhsuk-inset-text`;
      note.dataset.about = name;
      note.setAttribute("role", "status");
      question.prepend(note);
    }
    if (note.textContent !== words(name)) note.textContent = words(name);
  }
}

function tooLongForLastBreath() {
  return new URLSearchParams(new FormData(form)).toString().length >= MOST_IN_LAST_BREATH;
}

function lastBreath() {
  if (!waiting || leaving || tooLongForLastBreath()) return;
  fetch(form.dataset.autosave, { method: "POST", body: body(), keepalive: true }).catch(() => {});
}

if (form) {
  form.addEventListener("input", () => { waiting = true; });
  form.addEventListener("change", () => { waiting = true; reveal(); });
  form.addEventListener("submit", () => { leaving = true; turn.value = Number(turn.value) + 1; });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") lastBreath(); });
  window.addEventListener("pagehide", lastBreath);
  window.addEventListener("pageshow", () => { leaving = false; });
  window.addEventListener("beforeunload", (event) => {
    if (waiting && !leaving && (said.classList.contains("app-saved--failed") || tooLongForLastBreath())) event.preventDefault();
  });
  setInterval(() => {
    const since = Date.now() - last;
    if ((waiting && since >= EVERY) || (since >= SIGN_OF_LIFE && document.visibilityState === "visible")) save();
  }, 1000);
  reveal();
}

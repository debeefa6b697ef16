// Keeps what is typed in a form with data-draft on this device until the server has it. Without a connection the form
// waits, and is sent by itself once there is one, as long as its page is open. Never keeps passwords or tokens.
"use strict";

const DRAFT_PREFIX = "draft ";
const KEEP_DAYS = 7;
const ANSWERS_WITHIN_MS = 5000;
const TRY_AGAIN_AFTER_MS = 10000;

function draftKeys() {
  return Object.keys(localStorage).filter((key) => key.startsWith(DRAFT_PREFIX));
}

function readDraft(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null; // not of our making, or cut off
  }
}

function forgetOldDrafts() {
  const oldest = Date.now() - KEEP_DAYS * 86400000;
  for (const key of draftKeys()) {
    if (!(readDraft(key)?.at > oldest)) localStorage.removeItem(key);
  }
}

function keptFields(form) {
  return [...form.elements].filter(
    (field) => field.matches("input, select, textarea") && field.name && !["hidden", "password", "submit"].includes(field.type)
  );
}

function isBox(field) {
  return field.type === "checkbox" || field.type === "radio";
}

function nameOf(field) {
  return isBox(field) ? `${field.name}=${field.value}` : field.name;
}

function keep(form, key) {
  const fields = Object.fromEntries(keptFields(form).map((field) => [nameOf(field), isBox(field) ? field.checked : field.value]));
  try {
    localStorage.setItem(key, JSON.stringify({ at: Date.now(), fields }));
  } catch {
    // no room, or not allowed: the form itself still has it
  }
}

function restore(form, key) {
  const draft = readDraft(key);
  let isChanged = false;
  for (const field of draft ? keptFields(form) : []) {
    const value = draft.fields[nameOf(field)];
    const property = isBox(field) ? "checked" : "value";
    if (value === undefined || field[property] === value) continue;
    field[property] = value;
    isChanged = true;
  }
  if (isChanged) tellDraft(form, "restored");
}

function tellDraft(form, what) {
  const said = form.querySelector("[data-draft-told]");
  if (!said) return;
  said.hidden = what === null;
  said.textContent = what === null ? "" : said.dataset[what];
}

async function isConnected() {
  try {
    const answer = await fetch("/healthz", { cache: "no-store", redirect: "error", signal: AbortSignal.timeout(ANSWERS_WITHIN_MS) });
    return answer.ok;
  } catch {
    return false;
  }
}

function holdUntilConnected(form) {
  let isTrying = false;
  let isThrough = false;
  let waiting = null;

  async function send(submitter) {
    if (isTrying || isThrough) return;
    isTrying = true;
    const connected = await isConnected();
    isTrying = false;
    if (connected) {
      clearInterval(waiting);
      isThrough = true;
      form.requestSubmit(submitter);
      return;
    }
    tellDraft(form, "waiting");
    waiting ??= setInterval(() => send(submitter), TRY_AGAIN_AFTER_MS);
  }

  form.addEventListener("submit", (event) => {
    if (isThrough) return;
    event.preventDefault();
    send(event.submitter);
  });
  addEventListener("online", () => { if (waiting !== null) send(null); });
  addEventListener("pageshow", (event) => { if (event.persisted) isThrough = false; });
}

forgetOldDrafts();
for (const done of document.querySelectorAll("[data-draft-done]")) localStorage.removeItem(DRAFT_PREFIX + done.dataset.draftDone);
for (const form of document.querySelectorAll("form[data-draft]")) {
  const key = DRAFT_PREFIX + form.dataset.draft;
  restore(form, key);
  form.addEventListener("input", () => keep(form, key));
  form.addEventListener("change", () => keep(form, key));
  holdUntilConnected(form);
}
for (const all of document.querySelectorAll("[data-tick-all]")) {
  all.hidden = false;
  all.addEventListener("click", () => {
    for (const box of all.closest("fieldset").querySelectorAll("input[type=checkbox]")) box.checked = true;
    all.dispatchEvent(new Event("change", { bubbles: true }));
  });
}
for (const form of document.querySelectorAll('form[action="/logout"]')) {
  form.addEventListener("submit", () => {
    for (const key of draftKeys()) localStorage.removeItem(key);
  });
}

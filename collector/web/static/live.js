// Keeps a page as it is at the server. Told by an event that something has changed, it asks for the page again and puts
// what is new into the place of what was there. Whoever is typing is left alone, and may pause it all.
"use strict";

const LIVE_PAUSED = "live-paused";
const topics = document.querySelector("main").dataset.live;
const toggle = document.querySelector("[data-live-toggle]");
let source = null;
let isAsking = false;
let isStale = false;

function isPaused() {
  return localStorage.getItem(LIVE_PAUSED) === "yes";
}

// Whether something has been typed, chosen or ticked that the page did not come with.
function isTyped(field) {
  if (field.matches("[type=checkbox], [type=radio]")) return field.checked !== field.defaultChecked;
  if (field.matches("select")) {
    const first = [...field.options].findIndex((option) => option.defaultSelected);
    return field.selectedIndex !== Math.max(0, first);
  }
  return field.value !== field.defaultValue;
}

function isBusy() {
  const active = document.activeElement;
  const isTyping = active && active.closest("main") && active.matches("input, select, textarea");
  if (isTyping || document.querySelector("main dialog[open]") !== null || !getSelection().isCollapsed) return true;
  return [...document.querySelectorAll("main :is(input, select, textarea):not([type=hidden])")].some(isTyped);
}

function keyOf(element) {
  return element.id ? `#${CSS.escape(element.id)}` : element.getAttribute("href") ? `a[href="${CSS.escape(element.getAttribute("href"))}"]` : null;
}

function put(fresh) {
  const main = document.querySelector("main");
  const open = [...main.querySelectorAll("details")].map((details) => details.open);
  const scrolled = [...main.querySelectorAll(".scroll")].map((box) => [box.scrollLeft, box.scrollTop]);
  const focused = main.contains(document.activeElement) ? keyOf(document.activeElement) : null;
  main.replaceChildren(...fresh.childNodes);
  main.querySelectorAll("details").forEach((details, at) => { details.open = open[at] ?? details.open; });
  main.querySelectorAll(".scroll").forEach((box, at) => { if (scrolled[at]) box.scrollTo(...scrolled[at]); });
  if (focused) main.querySelector(focused)?.focus({ preventScroll: true });
  tell();
}

async function ask() {
  if (isAsking || isBusy() || document.hidden) {
    isStale = true;
    return;
  }
  isAsking = true;
  isStale = false;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "manual" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!isBusy()) put(page.querySelector("main"));
  } catch {
    isStale = true; // no connection: the next event comes when there is one
  } finally {
    isAsking = false;
  }
}

function tell() {
  const button = document.querySelector("[data-live-toggle]");
  if (!button) return;
  button.hidden = false;
  button.textContent = isPaused() ? button.dataset.resume : button.dataset.pause;
}

function follow() {
  source?.close();
  source = null;
  if (isPaused() || document.hidden) return;
  source = new EventSource(`/events?topics=${encodeURIComponent(topics)}`);
  for (const topic of topics.split(" ")) source.addEventListener(topic, ask);
}

if (topics && toggle) {
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-live-toggle]")) return;
    localStorage.setItem(LIVE_PAUSED, isPaused() ? "no" : "yes");
    tell();
    follow();
    if (!isPaused()) ask();
  });
  document.addEventListener("visibilitychange", () => {
    follow();
    if (!document.hidden && !isPaused()) ask();
  });
  document.addEventListener("focusout", () => { if (isStale && !isPaused()) setTimeout(ask, 500); });
  addEventListener("pagehide", () => source?.close());
  tell();
  follow();
}

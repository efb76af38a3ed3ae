"use strict";
// Keeps the page live, lets the keyboard and the pointer read it. Everything also works without this script.
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const STEP_MS = 1000;
let tag = document.body.dataset.tag, paused = false, asking = false;

const live = $("#live");
function say(kind) {
  live.className = "live" + (kind === "live" ? "" : kind === "gone" ? " gone" : " off");
  const word = document.body.dataset[kind];
  if (live.textContent !== word) live.textContent = word;
}

// What a person is in the middle of must survive an update.
function busy() {
  const at = document.activeElement;
  return at && at.closest("form.search") !== null;
}

function path(element, root) {
  const steps = [];
  for (let at = element; at && at !== root; at = at.parentElement) steps.unshift([...at.parentElement.children].indexOf(at));
  return steps;
}
const follow = (steps, root) => steps.reduce((at, step) => at && at.children[step], root);

function replace(text) {
  const next = new DOMParser().parseFromString(text, "text/html"), main = $("#main"), fresh = $("#main", next);
  if (!fresh) return;
  document.title = next.title;
  const open = $$("details[open]", main).map(one => path(one, main));
  const at = main.contains(document.activeElement) ? document.activeElement : null;
  const where = at && (at.id ? "#" + CSS.escape(at.id) : path(at, main));
  const kept = $$("input:not([type=hidden]):not(.search input)", main).map(one => [one.id, one.value]);
  const pressed = $$("[aria-pressed=true]", main).map(one => one.dataset.state);
  const rows = new Set($$("tr.row", main).map(one => one.outerHTML));
  main.replaceChildren(...fresh.childNodes);
  open.forEach(steps => { const one = follow(steps, main); if (one && one.tagName === "DETAILS") one.open = true; });
  kept.forEach(([id, value]) => { const one = id && document.getElementById(id); if (one) one.value = value; });
  $$(".pick", main).forEach(one => one.setAttribute("aria-pressed", String(pressed.includes(one.dataset.state))));
  $$("tr.row", main).forEach(one => { if (!rows.has(one.outerHTML)) one.classList.add("fresh"); });
  const back = where && (typeof where === "string" ? $(where, main) : follow(where, main));
  if (back) back.focus({ preventScroll: true });
  sift();
}

async function ask() {
  if (paused || asking || document.hidden || busy()) return;
  asking = true;
  try {
    const answer = await fetch(location.href, { headers: { "If-None-Match": tag }, cache: "no-store" });
    if (answer.status === 200) {
      const text = await answer.text();
      if (paused) return;
      tag = answer.headers.get("ETag");
      replace(text);
    }
    say("live");
  } catch { say("gone"); } finally { asking = false; }
}

function pause() { paused = !paused; say(paused ? "paused" : "live"); }

function sift() {
  const box = $("#filter");
  if (!box) return;
  const wanted = box.value.trim().toLowerCase(), states = $$(".pick[aria-pressed=true]").map(one => one.dataset.state);
  let shown = 0;
  $$("tr.row").forEach(row => {
    const fits = (!wanted || $("th", row).textContent.toLowerCase().includes(wanted)) && (!states.length || states.includes(row.dataset.state));
    row.hidden = !fits;
    shown += fits;
  });
  $("#no-match").hidden = shown > 0;
}

// Reading a chart, by pointer or by arrow keys.
function read(chart, part) {
  const told = chart.told || (chart.told = JSON.parse(chart.dataset.chart)), count = told.labels.length;
  if (!count) return;
  const place = Math.max(0, Math.min(count - 1, Math.floor(part * count)));
  chart.place = place;
  let box = $(".reading", chart), cross = $(".cross", chart);
  if (!box) {
    box = chart.appendChild(Object.assign(document.createElement("div"), { className: "reading" }));
    box.setAttribute("role", "status");
    cross = chart.appendChild(Object.assign(document.createElement("div"), { className: "cross" }));
  }
  const lines = told.lines.map(one => (told.lines.length > 1 || one.name !== "n" ? one.name + " " : "") + one.values[place]);
  box.replaceChildren(...[told.labels[place], ...lines].map(text => Object.assign(document.createElement("div"), { textContent: text })));
  const at = (place + .5) / count * chart.clientWidth;
  cross.style.left = at + "px";
  box.style.left = Math.max(0, Math.min(at + 8, chart.clientWidth - box.offsetWidth)) + "px";
}
function unread(chart) { $$(".reading, .cross", chart).forEach(one => one.remove()); }

document.addEventListener("pointermove", event => {
  const chart = event.target.closest && event.target.closest("[data-chart]");
  $$("[data-chart]").forEach(one => { if (one !== chart && one !== document.activeElement) unread(one); });
  if (chart) { const box = chart.getBoundingClientRect(); read(chart, (event.clientX - box.left) / box.width); }
});
document.addEventListener("focusout", event => { if (event.target.dataset && event.target.dataset.chart) unread(event.target); });
document.addEventListener("input", event => { if (event.target.id === "filter") sift(); });
document.addEventListener("click", event => {
  const pick = event.target.closest(".pick");
  if (pick) { pick.setAttribute("aria-pressed", String(pick.getAttribute("aria-pressed") !== "true")); sift(); }
  if (event.target.id === "keys-button") $("#keys").showModal();
});

function step(by) {
  const rows = $$("[data-row], [data-line]").filter(one => !one.closest("[hidden]"));
  if (!rows.length) return;
  const at = rows.indexOf(document.activeElement);
  rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.max(0, Math.min(rows.length - 1, at + by))].focus();
}

document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const at = document.activeElement, typing = at && /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName);
  if (event.key === "Escape" && typing) { at.blur(); return; }
  if (typing && event.key === "Enter" && at.tagName === "TEXTAREA" && !event.shiftKey) { event.preventDefault(); at.form.requestSubmit(); return; }
  if (typing || $("#keys").open) return;
  if (at && at.dataset.chart && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
    event.preventDefault();
    const count = (at.told || (at.told = JSON.parse(at.dataset.chart))).labels.length;
    const from = at.place === undefined ? count - 1 : at.place + (event.key === "ArrowRight" ? 1 : -1);
    read(at, (Math.max(0, Math.min(count - 1, from)) + .5) / count);
    return;
  }
  const views = $$(".top nav a");
  if (event.key === "/") { const box = $("[data-search]"); if (box) { event.preventDefault(); box.focus(); } }
  else if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "p") pause();
  else if (event.key === "?") $("#keys").showModal();
  else if (/^[1-5]$/.test(event.key)) views[event.key - 1].click();
});

// A log search over a fixed time cannot change, and one page of old messages neither.
const fixed = /[?&](queryTimeType=99|before=\d|offset=\d)/.test(location.search);
if (!fixed) { ask(); setInterval(ask, STEP_MS); }
document.addEventListener("visibilitychange", () => { if (!fixed) ask(); });

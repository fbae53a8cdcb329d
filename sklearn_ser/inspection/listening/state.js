// What the page shows, and what was chosen on it. Text from data is only ever set as text of an
// element, never as HTML.
const data = JSON.parse(document.getElementById("data").textContent);
const clips = data.clips;
const bySample = new Map(clips.map((clip) => [clip.sample, clip]));
const byId = (id) => document.getElementById(id);

function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

const choices = new Map(); // sample: {label, note}
const actions = []; // what each action replaced, for undo
let isStored = true; // whether the browser keeps choices when the page is closed
let isDownloaded = true;

// What the browser keeps: of this page, and of others with clips of the same data.
function readStore() {
  return JSON.parse(localStorage.getItem(data.store) || "{}");
}

function restore() {
  try {
    const kept = readStore();
    byId("name").value = kept.name || data.annotator;
    byId("autoplay").checked = kept.autoplay ?? true;
    byId("advance").checked = kept.advance ?? false;
    for (const [sample, choice] of kept.choices || []) {
      if (bySample.has(sample)) choices.set(sample, choice);
    }
  } catch {
    byId("name").value = data.annotator;
    isStored = false;
  }
}

function store() {
  try {
    const others = (readStore().choices || []).filter(([sample]) => !bySample.has(sample));
    const kept = {
      name: byId("name").value,
      autoplay: byId("autoplay").checked,
      advance: byId("advance").checked,
      choices: [...choices, ...others],
    };
    localStorage.setItem(data.store, JSON.stringify(kept));
    isStored = true;
  } catch {
    isStored = false;
  }
}

function getChoice(sample) {
  return choices.get(sample) || { label: null, note: "" };
}

// Replace the choice of a sample, or parts of it.
function choose(sample, change) {
  const before = getChoice(sample);
  const after = { ...before, ...change };
  if (after.label === before.label && after.note === before.note) return;
  actions.push({ sample, before });
  setChoice(sample, after);
}

function setChoice(sample, choice) {
  if (choice.label === null && choice.note === "") choices.delete(sample);
  else choices.set(sample, choice);
  isDownloaded = false;
  store();
}

// Undo the last action, and return its sample.
function undo() {
  const action = actions.pop();
  if (!action) return null;
  setChoice(action.sample, action.before);
  return action.sample;
}

function getAnnotator() {
  return byId("name").value.trim() || data.annotator;
}

function quote(value) {
  if (value === null || value === undefined) return "";
  const text = String(value);
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

// One row per choice: a table that Ratings.from_long reads.
function makeTable() {
  const names = ["sample", "file", "start", "end", "annotator", "label", "before", "note"];
  const rows = clips
    .filter((clip) => choices.has(clip.sample))
    .map((clip) => {
      const { label, note } = getChoice(clip.sample);
      const { sample, file, start, end } = clip;
      return [sample, file, start, end, getAnnotator(), label, clip.label, note];
    });
  // The mark at the start tells spreadsheets that this is UTF-8.
  return "\ufeff" + [names, ...rows].map((row) => row.map(quote).join(",") + "\n").join("");
}

function download() {
  const url = URL.createObjectURL(new Blob([makeTable()], { type: "text/csv" }));
  const name = getAnnotator().replace(/[^\p{L}\p{N}_-]+/gu, "-");
  make("a", { href: url, download: `${data.name}-${name}.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
  isDownloaded = true;
}

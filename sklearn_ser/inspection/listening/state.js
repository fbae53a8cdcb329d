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
const unsaved = new Set(); // samples whose choice the browser does not keep
let actions = []; // what each action replaced, for undo
let isStored = true; // whether the browser keeps choices when the page is closed
let isDownloaded = true;

// The browser keeps each choice under a name of its own, so that two tabs with this page do not
// replace each other's choices. It keeps the settings under the name of the store.
const getKey = (sample) => `${data.store} ${bySample.get(sample).key}`;
const byKey = new Map(clips.map((clip) => [getKey(clip.sample), clip.sample]));

function readItem(key) {
  const text = localStorage.getItem(key);
  try {
    const value = JSON.parse(text || "{}");
    return value !== null && typeof value === "object" ? value : {};
  } catch {
    return {}; // another program wrote it
  }
}

// Read what the browser keeps for a sample, which another tab may have changed.
function readChoice(sample) {
  if (unsaved.has(sample)) return;
  const kept = readItem(getKey(sample));
  const label = data.choices.includes(kept.label) ? kept.label : null;
  const note = typeof kept.note === "string" ? kept.note : "";
  keep(sample, { label, note });
}

function keep(sample, choice) {
  if (choice.label === null && choice.note === "") choices.delete(sample);
  else choices.set(sample, choice);
}

function readSettings() {
  const kept = readItem(data.store);
  byId("name").value = typeof kept.name === "string" && kept.name ? kept.name : data.annotator;
  byId("autoplay").checked = kept.autoplay ?? true;
  byId("advance").checked = kept.advance ?? false;
  byId("blind").checked = kept.blind ?? false;
}

function restore() {
  try {
    readSettings();
    for (const sample of bySample.keys()) readChoice(sample);
  } catch {
    byId("name").value = data.annotator;
    isStored = false;
  }
}

function storeSetting(name, value) {
  try {
    localStorage.setItem(data.store, JSON.stringify({ ...readItem(data.store), [name]: value }));
  } catch {
    isStored = false;
  }
}

function storeChoices() {
  try {
    for (const sample of unsaved) {
      if (choices.has(sample)) localStorage.setItem(getKey(sample), JSON.stringify(choices.get(sample)));
      else localStorage.removeItem(getKey(sample));
      unsaved.delete(sample);
    }
    isStored = true;
  } catch {
    isStored = false;
  }
}

function getChoice(sample) {
  return choices.get(sample) || { label: null, note: "" };
}

const isSame = (a, b) => a.label === b.label && a.note === b.note;

// Replace the choice of a sample, or parts of it.
function choose(sample, change) {
  try {
    readChoice(sample);
  } catch {
    isStored = false;
  }
  const before = getChoice(sample);
  const after = { ...before, ...change };
  if (isSame(before, after)) return;
  actions.push({ sample, before });
  setChoice(sample, after);
}

function setChoice(sample, choice) {
  keep(sample, choice);
  unsaved.add(sample);
  isDownloaded = false;
  storeChoices();
}

// Take over what another tab chose for samples. An undo here must not undo what was done there.
function takeOver(samples) {
  const changed = samples.filter((sample) => {
    const before = getChoice(sample);
    readChoice(sample);
    return !isSame(before, getChoice(sample));
  });
  actions = actions.filter(({ sample }) => !changed.includes(sample));
}

// Undo the last action, and return its sample.
function undo() {
  const action = actions.pop();
  if (!action) return null;
  setChoice(action.sample, action.before);
  return action.sample;
}

// Whether the page keeps to itself what raters and the model say of a clip.
function isBlind(clip) {
  return byId("blind").checked && clip.problem === null && getChoice(clip.sample).label === null;
}

function getAnnotator() {
  return byId("name").value.trim() || data.annotator;
}

function quote(value) {
  if (value === null || value === undefined) return "";
  const text = String(value);
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

// Spreadsheets run text that begins with one of these characters, also after a separator. Notes are
// only read by people, and get an apostrophe. Labels and files must be read back as they are.
function disarm(note) {
  return note.replace(/(^|[;\t]\s*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])/g, "$1'");
}

// One row per choice: a table that Ratings.from_long reads.
function makeTable() {
  const parts = ["sample", "file", "start", "end", ...(data.has_channels ? ["channel"] : [])];
  const names = [...parts, "annotator", "label", "before", "note"];
  const rows = clips
    .filter((clip) => choices.has(clip.sample))
    .map((clip) => {
      const { label, note } = getChoice(clip.sample);
      return [...parts.map((name) => clip[name]), getAnnotator(), label, clip.label, disarm(note)];
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

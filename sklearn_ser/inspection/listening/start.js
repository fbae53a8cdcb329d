// Keys, buttons, and the first clip.
const KEYS = {
  " ": toggle,
  r: () => play(0),
  ArrowRight: () => step(1),
  ArrowDown: () => step(1),
  ArrowLeft: () => step(-1),
  ArrowUp: () => step(-1),
  u: undoLast,
  Delete: clearChoice,
  Backspace: clearChoice,
  n: () => byId("note").focus(),
  b: () => { if (!byId("blind-switch").hidden) byId("blind").click(); },
  "/": () => byId("search").focus(),
  "?": () => byId("help").showModal(),
};

function undoLast() {
  writeNote();
  const sample = undo();
  if (sample === null) return;
  if (sample !== current?.sample) {
    showNote();
    showChosen(sample);
    select(bySample.get(sample));
  } else showChoice();
}

function clearChoice() {
  choose(current.sample, { label: null, note: "" });
  showChoice();
}

function handleKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || byId("help").open) return;
  const field = event.target.closest("input, select, textarea");
  const isText = field !== null && field.matches("select, textarea, input:not([type=checkbox], [type=range])");
  if (isText) {
    if (event.key === "Escape" || (event.key === "Enter" && field.matches("input"))) field.blur();
    return;
  }
  // What has the focus keeps the keys that it needs itself.
  if (field?.type === "range" && event.key.startsWith("Arrow")) return;
  if (event.key === " " && event.target.closest("button, summary, a, input[type=checkbox]")) return;
  const digit = /^[0-9]$/.test(event.key) ? (Number(event.key) + 9) % 10 : -1;
  const action = digit >= 0 && digit < data.choices.length ? () => pick(data.choices[digit]) : KEYS[event.key];
  if (!action || current === null) return;
  event.preventDefault();
  action();
}

function checkName() {
  const isRater = data.raters.includes(byId("name").value.trim());
  showMessage(isRater ? "One of the raters has this name. With another name, your choices and theirs stay apart." : "");
}

// Another tab changed what the browser keeps; without a key, all of it.
function handleStorage({ key }) {
  try {
    const samples = key === null ? [...bySample.keys()] : [byKey.get(key)].filter((sample) => sample !== undefined);
    takeOver(samples);
    if (key === null || key === data.store) {
      const name = byId("name").value;
      readSettings();
      if (byId("name").value !== name) checkName();
      showAll();
    } else {
      samples.forEach(showChosen);
      if (samples.includes(current?.sample)) showChoice();
      else showProgress();
    }
  } catch {
    isStored = false;
  }
}

// What the browser does not keep must not be replaced by what it does.
function readAll() {
  if (isStored) handleStorage({ key: null });
}

function linkPages() {
  const links = [["Previous page", data.previous], ["Next page", data.next]].filter(([, name]) => name !== null);
  byId("pages").hidden = links.length === 0;
  byId("pages").append(...links.map(([text, name]) => make("a", { textContent: text, href: `./${encodeURIComponent(name)}` })));
}

function start() {
  document.title = data.title;
  byId("title").textContent = data.title;
  restore();
  linkPages();
  clips.forEach(buildRow);
  clips.forEach((clip) => showChosen(clip.sample));
  buildChoices();
  prepareSound();
  byId("download").addEventListener("click", () => { writeNote(); download(); });
  byId("open-help").addEventListener("click", () => byId("help").showModal());
  byId("previous").addEventListener("click", () => step(-1));
  byId("next").addEventListener("click", () => step(1));
  byId("clear").addEventListener("click", clearChoice);
  byId("undo").addEventListener("click", undoLast);
  byId("note").addEventListener("change", () => { writeNote(); showChoice(); });
  byId("name").addEventListener("input", () => { checkName(); storeSetting("name", byId("name").value); });
  for (const id of ["autoplay", "advance", "blind"]) byId(id).addEventListener("change", () => storeSetting(id, byId(id).checked));
  byId("blind-switch").hidden = !(data.has_answers || data.has_model);
  byId("blind").addEventListener("change", showAll);
  window.addEventListener("storage", handleStorage);
  // A page that the browser had put away, or a tab that was out of sight, may have been told of no change.
  window.addEventListener("pageshow", (event) => { if (event.persisted) readAll(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) readAll(); });
  document.addEventListener("keydown", handleKey);
  // A button that was clicked must not react to the space bar, which plays.
  document.addEventListener("click", (event) => event.detail > 0 && event.target.closest("button, input[type=checkbox]")?.blur());
  window.addEventListener("beforeunload", (event) => { if (!isStored && !isDownloaded) event.preventDefault(); });
  refresh();
  select(shown[0]);
  prepareDrawing();
  checkName();
  document.documentElement.dataset.ready = String(performance.now());
}

const filters = buildFilters();
start();

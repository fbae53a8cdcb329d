// The list of clips: sorted and filtered.
const SORTS = {
  suspicion: ["Suspicion", "How much speaks against the label, from 0 to 1: the probability that the model gives to other labels, or the share that a corrected target takes from it."],
  disagreement: ["Disagreement of raters", "Entropy of the answers, in bit: 0 if all are the same, 1 if two labels are equally frequent."],
  error: ["Error of the model", "How much more probable the model finds its own prediction than the label; 0 where they are the same."],
  uncertainty: ["Uncertainty of the model", "Entropy of its probabilities, in bit: 0 if it is sure, 1 if two labels are equally likely."],
  order: ["Order of the data", "As the samples were given."],
};
const rows = new Map(); // sample: element
let shown = []; // clips that pass the filters, in order
let current = null;

const listValues = (pick) => [...new Set(clips.flatMap(pick))].filter((value) => value !== null);
const getName = (clip) => (clip.channel === null ? clip.name : `${clip.name}, channel ${clip.channel}`);
const hasChoice = (clip) => getChoice(clip.sample).label !== null;

// Each filter has a name, its values, and a test of a clip.
function makeFilters() {
  const filters = [
    ["label", "Label", listValues((clip) => clip.label), (clip, value) => clip.label === value],
    ["prediction", "Prediction", listValues((clip) => clip.prediction), (clip, value) => clip.prediction === value],
    ["answer", "A rater said", listValues((clip) => clip.answers.map((a) => a.label)), hasAnswer],
    ["rater", "Rated by", listValues((clip) => clip.answers.flatMap((a) => a.raters)), hasAnswer],
    ["speaker", "Speaker", listValues((clip) => clip.speaker), (clip, value) => clip.speaker === value],
  ];
  const collator = new Intl.Collator(undefined, { numeric: true });
  return filters
    .filter(([, , values]) => values.length > 1)
    .map(([id, name, values, test]) => ({
      id, name, test, options: values.sort(collator.compare).map((value) => [value, value]),
    }))
    .concat({
      id: "status", name: "Choice", test: hasStatus,
      options: [["without", "without a choice"], ["with", "with a choice"], ["other", "other than the label"], ["failed", "not readable"]],
    });
}

// With a rater and an answer selected, this rater must have given this answer.
function hasAnswer(clip) {
  const answer = byId("filter-answer")?.value || "";
  const rater = byId("filter-rater")?.value || "";
  return clip.answers.some(
    (given) => (!answer || given.label === unprefix(answer)) && (!rater || given.raters.includes(unprefix(rater))),
  );
}

function hasStatus(clip, value) {
  if (value === "failed") return clip.problem !== null;
  if (value === "other") return hasChoice(clip) && getChoice(clip.sample).label !== clip.label;
  return hasChoice(clip) === (value === "with");
}

// The value "" of a select means any, and a label may be "": all others begin with "=".
const unprefix = (value) => value.slice(1);

function buildFilters() {
  const used = makeFilters();
  for (const { id, name, options } of used) {
    const select = make("select", { id: `filter-${id}` }, make("option", { value: "", textContent: "any" }));
    for (const [value, text] of options) select.append(make("option", { value: `=${value}`, textContent: text }));
    select.addEventListener("change", refresh);
    byId("filters").append(make("label", {}, `${name} `, select));
  }
  for (const sort of data.sorts) {
    byId("sort").append(make("option", { value: sort, textContent: SORTS[sort][0] }));
    byId("help-sorts").append(make("dt", { textContent: SORTS[sort][0] }), make("dd", { textContent: SORTS[sort][1] }));
  }
  byId("sort").value = data.sort;
  byId("sort").addEventListener("change", refresh);
  byId("search").addEventListener("input", refresh);
  return used;
}

function matches(clip, words) {
  if (!words.length) return true;
  const texts = [getName(clip), clip.file, clip.speaker, clip.sample, getChoice(clip.sample).note, ...Object.values(clip.details)];
  const text = texts.join("\n").toLowerCase();
  return words.every((word) => text.includes(word));
}

// Sort and filter anew, and keep the selected clip.
function refresh() {
  const active = filters.filter(({ id }) => byId(`filter-${id}`).value !== "");
  const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const sort = byId("sort").value;
  shown = clips.filter(
    (clip) => matches(clip, words) && active.every(({ id, test }) => test(clip, unprefix(byId(`filter-${id}`).value))),
  );
  const value = (clip) => (sort === "order" ? -clip.order : (clip.scores[sort] ?? -Infinity));
  shown.sort((a, b) => (value(a) === value(b) ? a.order - b.order : value(b) - value(a)));
  for (const clip of shown) {
    const score = clip.scores[sort];
    rows.get(clip.sample).querySelector(".score").textContent = score === undefined || score === null ? "" : score.toFixed(2);
  }
  byId("sort-about").textContent = SORTS[sort][1];
  byId("list").replaceChildren(...shown.map((clip) => rows.get(clip.sample)));
  byId("count").textContent = shown.length === clips.length ? `${clips.length} clips` : `${shown.length} of ${clips.length} clips`;
  byId("active-filters").textContent = active.length ? `${active.length} active` : "";
  showPlace();
}

function buildRow(clip) {
  const row = make(
    "li",
    { id: `clip-${clip.sample}` },
    make("span", { className: "file", dir: "auto", textContent: getName(clip) }),
    make("span", { className: "score" }),
    make("span", { className: clip.problem === null ? "labels" : "labels failed" }),
    make("span", { className: "chosen", dir: "auto" }),
  );
  row.setAttribute("role", "option");
  row.setAttribute("aria-selected", "false");
  row.addEventListener("click", () => {
    select(clip);
    // On a phone, the list is below what it selects.
    if (byId("list").offsetTop > byId("pane").offsetTop + byId("pane").offsetHeight) byId("pane").scrollIntoView();
  });
  rows.set(clip.sample, row);
}

function showChosen(sample) {
  const { label } = getChoice(sample);
  rows.get(sample).querySelector(".chosen").textContent = label === null ? "" : `\u2713 ${label}`;
  rows.get(sample).querySelector(".labels").replaceChildren(...listSaid(bySample.get(sample)));
}

// What raters and the model say of a clip, in short.
function listSaid(clip) {
  if (clip.problem !== null) return ["could not be read"];
  if (isBlind(clip)) return [];
  const said = [];
  if (clip.label !== null) said.push(make("bdi", { textContent: clip.label }));
  else if (clip.answers.length) said.push("no consensus");
  if (clip.prediction !== null && clip.prediction !== clip.label) {
    said.push(said.length ? "; model: " : "model: ", make("bdi", { textContent: clip.prediction }));
  }
  return said;
}

function showPlace() {
  const place = shown.indexOf(current);
  byId("place").textContent = place < 0 ? `${shown.length} listed` : `${place + 1} of ${shown.length}`;
  byId("previous").disabled = place <= 0;
  byId("next").disabled = shown.length === 0 || place === shown.length - 1;
}

function showProgress() {
  const n = clips.filter(hasChoice).length;
  byId("progress").textContent = `${n} of ${clips.length} clips have a choice`;
  byId("download").disabled = choices.size === 0;
  byId("undo").disabled = actions.length === 0;
}

// Go to the next clip of the list (1), or the previous one (-1).
function step(direction) {
  const place = shown.indexOf(current);
  const clip = place < 0 ? shown[0] : shown[place + direction];
  if (clip) select(clip);
}

// The page: what the user has chosen, and what is drawn of it.

const $ = (id) => document.getElementById(id);

const KEYS = ["fullmtype", "etype", "emodel", "layer"];
const FEW_FEATURES = 12;

// What the user has chosen, and what follows from it. `configured` has the reasons with the
// configured thresholds, `order` the combinations in the table's order, before they are filtered.
const page = {
  project: null,
  settings: null,
  decisions: null,
  configured: null,
  order: null,
  sort: {},
  combo: null,
  allFeatures: false,
  milliseconds: {}, // how long things took
};

async function start() {
  const begin = performance.now();
  const parts = new Map();
  for (const script of document.querySelectorAll("script[data-name]")) {
    const { name, type } = script.dataset;
    parts.set(name, { type, text: script.textContent });
    script.remove(); // the text takes as much memory as the numbers
  }
  let drawn = begin;
  page.project = await readProject(parts, async (share) => {
    if (performance.now() - drawn < 100) return;
    $("headline").textContent = `Reading the data … ${Math.round(100 * share)} %`;
    await new Promise((resume) => setTimeout(resume));
    drawn = performance.now();
  });
  const { project } = page;
  page.decisions = newDecisions(project);
  page.order = Uint32Array.from({ length: project.n }, (_, combo) => combo);
  page.settings = startSettings();
  decide(project, page.settings, page.decisions);
  page.configured = page.decisions.reason.slice();
  document.querySelector("main").hidden = false;
  setUp();
  update(true);
  if (project.n) page.table.pick(page.table.items[0]);
  page.milliseconds.open = performance.now() - begin;
}

function startSettings() {
  const { settings } = page.project.head;
  return { ...settings, rules: settings.rules.map((rule) => ({ ...rule })) };
}

// ---- what is there once

function setUp() {
  const { head } = page.project;
  page.table = new VirtualTable({
    columns: [
      { title: "morphology" },
      { title: "layer" },
      { title: "m-type" },
      { title: "e-type" },
      { title: "e-model" },
      { title: "outcome" },
      { title: "margin", number: true, about: "(limit - score) / limit of the limiting feature" },
      { title: "limiting feature" },
    ],
    cells: cellsOf,
    changed: (combo) => page.decisions.reason[combo] !== page.configured[combo],
    choose: (combo) => {
      page.combo = combo;
      drawDetails();
      $("details").scrollTop = 0;
    },
    sorted: (column) => {
      page.sort = { column, down: page.sort.column === column && !page.sort.down };
      sortAll();
      filter();
    },
  });
  $("colours").append(
    ...usedReasons().map(({ label, colour }) =>
      element("span", {}, element("i", { class: "dot", style: { background: colour } }), label),
    ),
  );
  notice();
  for (const key of KEYS) $(key).addEventListener("change", filtered);
  $("outcome").addEventListener("change", filtered);
  $("words").addEventListener("input", filtered);
  $("filters").addEventListener("submit", (event) => event.preventDefault());
  $("filters").addEventListener("reset", () => setTimeout(filtered));
  $("reset").addEventListener("click", () => {
    page.settings = startSettings();
    drawRules();
    update(true);
  });
  $("copy").addEventListener("click", copy);
  $("copy").disabled = false;
  $("close").addEventListener("click", () => $("dialog").close());
  $("more-features").addEventListener("click", () => {
    page.allFeatures = !page.allFeatures;
    drawFeatures();
  });
  $("about-thresholds").textContent = aboutThresholds(page.settings);
  const names = { fullmtype: "m-types", etype: "e-types", emodel: "e-models", layer: "layers" };
  for (const key of KEYS) {
    const sorted = [...head.names[key].keys()].sort((a, b) => rankOf(key)[a] - rankOf(key)[b]);
    $(key).append(
      element("option", { value: "" }, `all ${names[key]}`),
      ...sorted.map((code) => element("option", { value: code }, head.names[key][code] || "(none)")),
    );
  }
  const outcomes = [
    ["", "all outcomes"],
    ["released", "released"],
    ["not", "not released"],
    ["changed", "changed by these thresholds"],
    ["borderline", "borderline"],
  ];
  if (page.decisions.incomplete.length && page.project.combos.stopped_at.some((at) => at >= 0)) {
    outcomes.push(["incomplete", "incomplete (stopped early)"]);
  }
  usedReasons().forEach(({ number, label }) => outcomes.push([number, label]));
  $("outcome").append(...outcomes.map(([value, text]) => element("option", { value }, text)));
  drawRules();
}

// The reasons that can occur, with their numbers.
function usedReasons() {
  const best = page.settings.select_perc_best !== null;
  const some = page.project.combos.no_threshold.some(Boolean);
  const unused = [best ? OVER_LIMIT : NOT_AMONG_BEST, some ? -1 : NO_THRESHOLD];
  return page.project.head.reasons
    .map((reason, number) => ({ ...reason, number }))
    .filter(({ number }) => !unused.includes(number));
}

function notice() {
  const { head } = page.project;
  const sentences = [];
  if (head.left_out.length) {
    const each = head.left_out.map(
      ({ name, combos, released }) =>
        `${name} (${shown(combos, 0)} combinations, ${shown(released, 0)} released)`,
    );
    sentences.push(
      `E-models that are not on this page, because their scores do not fit: ${each.join(", ")}. ` +
        "decisions.parquet has all.",
    );
  }
  if (head.traces === "left out") {
    sentences.push(
      "The traces of all simulations do not fit into this page: results/traces/ has them, and the " +
        "report shows some.",
    );
  }
  $("notice").textContent = sentences.join(" ");
}

function aboutThresholds(settings) {
  if (settings.select_perc_best !== null) {
    return "There are no thresholds (select_perc_best): the best share of each e-model, m-type and e-type is released, by median score.";
  }
  const scaled = settings.skip_repaired_exemplar
    ? "The exemplar's scores do not change it."
    : "If the exemplar scores more than 1, the limit is that many times larger.";
  return `Largest score that passes, in standard deviations (SD). ${scaled} If several rules match, the last one counts.`;
}

// ---- thresholds

function drawRules() {
  const { settings } = page;
  const items = settings.rules.map((rule, number) => ruleItem(rule, number));
  if (settings.select_perc_best !== null) {
    const configured = page.project.head.settings.select_perc_best;
    const change = (value) => (settings.select_perc_best = Math.min(1, value));
    const item = element("li", {}, "Best share of each type");
    item.append(control(settings.select_perc_best, configured, 1, 0.01, "best share", change, item));
    items.splice(0, items.length, item);
  }
  if (!items.length) items.push(element("li", {}, "There are no rules: no feature has a limit."));
  $("rules").replaceChildren(...items);
}

function ruleItem(rule, number) {
  const title = rule.own ? ownTitle(rule) : configuredTitle(rule.patterns);
  const configured = page.project.head.settings.rules[number]?.threshold;
  const item = element("li", {}, element("div", { class: "patterns" }, `${number + 1}. `, ...title));
  const change = (value) => (rule.threshold = value);
  const most = Math.max(10, 2 * (configured ?? rule.threshold));
  const label = `threshold of rule ${number + 1}`;
  item.append(control(rule.threshold, rule.own ? undefined : configured, most, 0.1, label, change, item));
  return item;
}

function configuredTitle({ features, ...types }) {
  const all = (patterns) => !patterns || patterns.includes(".*");
  const names = { emodel: "e-model", fullmtype: "m-type", etype: "e-type" };
  const texts = [all(features) ? "all features" : features.join(" or ")];
  for (const [key, name] of Object.entries(names)) {
    if (!all(types[key])) texts.push(`; ${name} ${types[key].join(" or ")}`);
  }
  return [texts.join("")];
}

// The title of a rule that was added here: its feature, its e-model, and a button to remove it.
function ownTitle(rule) {
  const { head } = page.project;
  const { own } = rule;
  const choice = element(
    "select",
    {
      "aria-label": "e-models of this rule",
      onchange: (event) => {
        own.emodel = event.target.value === "" ? null : Number(event.target.value);
        Object.assign(rule, ownRule(own, rule.threshold));
        update(true);
      },
    },
    element("option", { value: "" }, "all e-models"),
    ...head.emodels.map(({ name }, number) =>
      element("option", { value: number, selected: number === own.emodel }, name),
    ),
  );
  const remove = () => {
    page.settings.rules = page.settings.rules.filter((other) => other !== rule);
    drawRules();
    update(true);
  };
  return [
    ...breakable(head.features[own.feature]),
    " of ",
    choice,
    " ",
    element("button", { onclick: remove, "aria-label": "remove this rule" }, "remove"),
  ];
}

// A rule for one feature of one e-model (null: of all).
function ownRule(own, threshold) {
  const { head } = page.project;
  const features = { patterns: [literal(head.features[own.feature])], matches: [own.feature] };
  const rule = {
    own,
    threshold,
    patterns: { features: features.patterns },
    matches: { features: features.matches },
  };
  if (own.emodel !== null) {
    rule.patterns.emodel = [literal(head.emodels[own.emodel].name)];
    rule.matches.emodel = [own.emodel];
  }
  return rule;
}

// Add a rule for a feature, or go to the one that is there.
function setThreshold(feature, emodel, threshold) {
  const { rules } = page.settings;
  const same = ({ own }) => own && own.feature === feature && own.emodel === emodel;
  let number = rules.findIndex(same);
  if (number < 0) {
    number = rules.push(ownRule({ feature, emodel }, threshold)) - 1;
    drawRules();
    update(true);
  }
  const item = $("rules").children[number];
  item.scrollIntoView({ block: "nearest" });
  item.querySelector("input[type=number]").select();
}

// A slider and a field for the same number. While the slider moves, the table keeps its order.
function control(value, configured, most, step, label, change, item) {
  const slider = element("input", { type: "range", min: 0, max: most, step, value, "aria-label": label });
  const field = element("input", { type: "number", min: 0, step: "any", value, "aria-label": label });
  const mark = () => item.classList.toggle("changed", Number(field.value) !== configured);
  const set = (text, last) => {
    const number = Number(text);
    if (text === "" || !(number >= 0)) return;
    change(number);
    mark();
    update(last);
  };
  slider.addEventListener("input", () => {
    field.value = slider.value;
    set(slider.value, false);
  });
  slider.addEventListener("change", () => update(true));
  field.addEventListener("input", () => {
    slider.value = field.value;
    set(field.value, true);
  });
  mark();
  const was = configured === undefined ? null : element("span", { class: "note" }, `was ${configured}`);
  return element("div", { class: "control" }, slider, field, was);
}

// Decide with the present thresholds, and draw. Unless it is the `last` of many changes, the table
// keeps its order.
function update(last) {
  const start = performance.now();
  const { project, settings, decisions } = page;
  decide(project, settings, decisions);
  page.milliseconds.decide = performance.now() - start;
  drawHeadline();
  drawEmodels();
  drawFeatures();
  if (last) sortAll();
  filter();
  if (page.combo !== null) drawDetails();
  page.milliseconds.update = performance.now() - start;
}

function drawHeadline() {
  const { project, decisions, configured } = page;
  const counts = { before: 0, now: 0, gained: 0, lost: 0, incomplete: 0 };
  for (let combo = 0; combo < project.n; combo++) {
    const was = configured[combo] === PASSED;
    const is = decisions.reason[combo] === PASSED;
    counts.before += was;
    counts.now += is;
    counts.gained += is && !was;
    counts.lost += was && !is;
    counts.incomplete += decisions.incomplete[combo];
  }
  const total = shown(project.n, 0);
  const share = project.n ? ` (${percent(counts.now / project.n)})` : "";
  const parts = [element("b", {}, shown(counts.now, 0)), ` of ${total} combinations would be released${share}`];
  const changed = isChanged();
  if (changed) {
    parts.push(`; with the configured thresholds ${shown(counts.before, 0)}`);
    if (counts.gained) parts.push(", ", element("b", { class: "more" }, `+${shown(counts.gained, 0)}`));
    if (counts.lost) parts.push(", ", element("b", { class: "less" }, `-${shown(counts.lost, 0)}`));
  }
  parts.push(".");
  if (counts.incomplete) {
    parts.push(
      ` Stopped early, and may pass: ${shown(counts.incomplete, 0)}; only simulations can tell.`,
    );
  }
  if (!changed) parts[1] = ` of ${total} combinations are released with the configured thresholds${share}`;
  $("headline").replaceChildren(...parts);
  $("reset").disabled = !changed;
}

function isChanged() {
  const { settings: configured } = page.project.head;
  const { rules, select_perc_best: best } = page.settings;
  const same = (rule, number) => !rule.own && rule.threshold === configured.rules[number].threshold;
  return best !== configured.select_perc_best || !rules.every(same);
}

// ---- bars of e-models and features

function drawEmodels() {
  const { project, decisions, configured } = page;
  const reasons = usedReasons();
  const chosen = $("emodel").value;
  const items = project.emodels.map((emodel) => {
    const counts = new Array(project.head.reasons.length).fill(0);
    let before = 0;
    for (let combo = emodel.first; combo < emodel.end; combo++) {
      counts[decisions.reason[combo]] += 1;
      before += configured[combo] === PASSED;
    }
    const change = counts[PASSED] - before;
    const parts = reasons
      .filter(({ number }) => counts[number])
      .map(({ number, label, colour }) => {
        const style = { width: `${(100 * counts[number]) / emodel.combos}%`, background: colour };
        return element("i", { style, title: `${label}: ${shown(counts[number], 0)}` });
      });
    const difference = change
      ? element("b", { class: change > 0 ? "more" : "less" }, ` ${change > 0 ? "+" : "-"}${shown(Math.abs(change), 0)}`)
      : null;
    const pressed = chosen === String(emodel.number);
    const attributes = {
      class: "bar",
      "aria-pressed": pressed,
      title: "show this e-model only",
      onclick: () => {
        $("emodel").value = pressed ? "" : emodel.number;
        filtered();
      },
    };
    const numbers = [`${shown(counts[PASSED], 0)} of ${shown(emodel.combos, 0)}`, difference];
    return element(
      "li",
      {},
      element(
        "button",
        attributes,
        element("span", { class: "name" }, emodel.name),
        element("span", { class: "number" }, ...numbers.filter(Boolean)),
        element("span", { class: "stack" }, ...parts),
      ),
    );
  });
  keepFocus($("emodels"), items);
}

// Replace the items of a list of buttons; the one that had the focus has it again.
function keepFocus(list, items) {
  const place = [...list.children].findIndex((item) => item.contains(document.activeElement));
  list.replaceChildren(...items);
  if (place >= 0) items[place]?.querySelector("button").focus({ preventScroll: true });
}

function drawFeatures() {
  const { project, decisions, settings } = page;
  const chosen = $("emodel").value;
  const emodels = chosen === "" ? project.emodels : [project.emodels[chosen]];
  const sums = new Map();
  for (const emodel of emodels) {
    emodel.features.forEach((feature, column) => {
      const fails = decisions.fails[emodel.number][column];
      if (!fails) return;
      const sum = sums.get(feature) ?? { feature, fails: 0, alone: 0 };
      sum.fails += fails;
      sum.alone += decisions.alone[emodel.number][column];
      sums.set(feature, sum);
    });
  }
  const rows = [...sums.values()].sort((a, b) => b.fails - a.fails || b.alone - a.alone);
  const most = rows.length ? rows[0].fails : 1;
  const { colour } = project.head.reasons[OVER_LIMIT];
  const few = rows.slice(0, page.allFeatures ? rows.length : FEW_FEATURES);
  const items = few.map(({ feature, fails, alone }) => {
    const width = (count) => ({ width: `${(100 * count) / most}%` });
    return element(
      "li",
      {},
      element(
        "button",
        {
          class: "bar",
          title: "set a threshold for this feature",
          disabled: settings.select_perc_best !== null,
          onclick: () => setThreshold(feature, chosen === "" ? null : Number(chosen), startOf(feature, emodels)),
        },
        element("span", { class: "name" }, ...breakable(project.head.features[feature])),
        element("span", { class: "number" }, `${shown(fails, 0)}, alone ${shown(alone, 0)}`),
        element(
          "span",
          { class: "stack" },
          element("i", { style: { ...width(alone), background: colour } }),
          element("i", { style: { ...width(fails - alone), background: colour, opacity: 0.45 } }),
        ),
      ),
    );
  });
  keepFocus($("features"), items);
  $("about-features").textContent = rows.length
    ? `Number of combinations${chosen === "" ? "" : " of this e-model"} that fail by each, and by it alone. Click one to set its threshold.`
    : "None.";
  $("more-features").hidden = rows.length <= FEW_FEATURES;
  $("more-features").textContent = page.allFeatures ? "Show fewer" : `Show all ${rows.length}`;
}

// The threshold that a feature has now, in the first of the e-models that has it.
function startOf(feature, emodels) {
  const { rules } = page.settings;
  for (const emodel of emodels) {
    const column = emodel.features.indexOf(feature);
    if (column < 0) continue;
    const number = limitsOf(emodel, emodel.types[0], page.settings).rules[column];
    if (number) return rules[number - 1].threshold;
  }
  return 5;
}

// ---- the table

function cellsOf(combo) {
  const { project, decisions, configured } = page;
  const { head, combos } = project;
  const name = (key) => [head.names[key][combos[key][combo]] ?? ""];
  const reason = head.reasons[decisions.reason[combo]];
  const before = configured[combo];
  const changed = before !== decisions.reason[combo];
  const outcome = [
    element("i", { class: "dot", style: { background: reason.colour } }),
    decisions.incomplete[combo] ? "incomplete" : reason.label,
    changed ? element("span", { class: "was" }, `, was ${head.reasons[before].label}`) : "",
  ];
  const limiting = decisions.limiting[combo];
  const emodel = project.emodels[combos.emodel[combo]];
  return [
    name("morph_name"),
    name("layer"),
    name("fullmtype"),
    name("etype"),
    name("emodel"),
    outcome,
    [percent(decisions.margin[combo])],
    [limiting < 0 ? (head.messages[combos.message[combo]] ?? "") : head.features[emodel.features[limiting]]],
  ];
}

// The place of each name of a column among all, in the order in which people sort them.
const rankOf = (() => {
  const ranks = {};
  return (key) => {
    if (!(key in ranks)) {
      const names = page.project.head.names[key];
      const { compare } = new Intl.Collator("en", { numeric: true });
      ranks[key] = new Float64Array(names.length);
      const sorted = [...names.keys()].sort((a, b) => compare(names[a], names[b]));
      sorted.forEach((code, place) => (ranks[key][code] = place));
    }
    return ranks[key];
  };
})();

const SORTED_BY = ["morph_name", "layer", "fullmtype", "etype", "emodel", "reason", "margin", "limiting"];

// Put all combinations in the order that is chosen. Those without a number come last.
function sortAll() {
  const { project, decisions, order, sort } = page;
  for (let combo = 0; combo < project.n; combo++) order[combo] = combo;
  if (sort.column === undefined) return;
  const key = SORTED_BY[sort.column];
  let values = decisions[key];
  if (key === "limiting") {
    values = Float64Array.from(decisions.limiting, (column, combo) => {
      const { features } = project.emodels[project.combos.emodel[combo]];
      return column < 0 ? NaN : features[column];
    });
  } else if (!values) {
    const rank = rankOf(key);
    values = Float64Array.from(project.combos[key], (code) => (code < 0 ? NaN : rank[code]));
  }
  const sign = sort.down ? -1 : 1;
  order.sort((a, b) => {
    const [x, y] = [values[a], values[b]];
    if (x === y) return a - b;
    if (x !== x || y !== y) return (x !== x) - (y !== y) || a - b;
    return x < y ? -sign : sign;
  });
}

function filtered() {
  drawEmodels();
  drawFeatures();
  filter();
}

// Show the combinations that match all filters.
function filter() {
  const { project, decisions, configured, order } = page;
  const { combos } = project;
  const chosen = KEYS.filter((key) => $(key).value !== "").map((key) => [combos[key], Number($(key).value)]);
  const words = $("words").value.toLowerCase().split(/\s+/).filter(Boolean).map(matchesOf);
  const outcome = $("outcome").value;
  const reason = decisions.reason;
  const tests = {
    "": () => true,
    released: (combo) => reason[combo] === PASSED,
    not: (combo) => reason[combo] !== PASSED,
    changed: (combo) => reason[combo] !== configured[combo],
    borderline: (combo) => decisions.borderline[combo],
    incomplete: (combo) => decisions.incomplete[combo],
  };
  const test = tests[outcome] ?? ((combo) => reason[combo] === Number(outcome));
  let released = 0;
  const items = order.filter((combo) => {
    if (!test(combo)) return false;
    if (!chosen.every(([codes, code]) => codes[combo] === code)) return false;
    if (!words.every((ofKeys) => ofKeys.some(([codes, matches]) => matches[codes[combo]]))) return false;
    released += reason[combo] === PASSED;
    return true;
  });
  page.table.show(items, page.sort);
  $("count").textContent =
    `${shown(items.length, 0)} of ${shown(project.n, 0)} combinations; ${shown(released, 0)} of these released.`;
}

// For each column of names, its codes and which of its names have the word.
function matchesOf(word) {
  return ["morph_name", ...KEYS].map((key) => {
    const names = page.project.head.names[key];
    return [page.project.combos[key], names.map((name) => name.toLowerCase().includes(word))];
  });
}

// ---- details

function drawDetails() {
  const { project, settings, decisions, configured, combo } = page;
  const { head, combos } = project;
  const emodel = project.emodels[combos.emodel[combo]];
  const name = (key) => head.names[key][combos[key][combo]] ?? "";
  const reason = head.reasons[decisions.reason[combo]];
  const before = head.reasons[configured[combo]];
  const content = [
    element("h2", {}, name("morph_name")),
    element("p", {}, `layer ${name("layer")}, m-type ${name("fullmtype")}, e-type ${name("etype")}, e-model ${name("emodel")}`),
    element("p", {}, element("i", { class: "dot", style: { background: reason.colour } }), element("b", {}, outcomeOf(combo)), reason === before ? "" : ` With the configured thresholds: ${before.label}.`),
  ];
  const median = medianOf(project, emodel, combo, settings);
  const currents = [
    ["holding current", "holding_current", 3, "nA"],
    ["threshold current", "threshold_current", 3, "nA"],
    ["input resistance", "input_resistance", 0, "MOhm"],
    ["resting potential", "resting_potential", 1, "mV"],
  ]
    .map(([title, key, digits, unit]) => [title, shown(combos[key][combo], digits), unit])
    .concat([["median score", shown(median), "SD"]])
    .filter(([, value]) => value !== "");
  if (currents.length) {
    const terms = currents.map(([title, value, unit]) =>
      element("div", {}, element("dt", {}, title), element("dd", {}, `${value} ${unit}`)),
    );
    content.push(element("dl", {}, ...terms));
  }
  if (combos.message[combo] >= 0) content.push(element("pre", {}, head.messages[combos.message[combo]]));
  if (!combos.raised[combo] && emodel.features.length) {
    const choose = ({ column, rule }) =>
      setThreshold(emodel.features[column], emodel.number, settings.rules[rule - 1].threshold);
    content.push(element("h3", {}, "Features and their limits"));
    if (settings.select_perc_best === null) {
      content.push(element("p", { class: "note" }, "Scores and limits in standard deviations. The line marks the limit, the ring the exemplar's score. Click a feature to set its threshold for this e-model."));
    }
    content.push(featureTable(project, emodel, combo, settings, choose));
  }
  const pictures = drawings(project, emodel, combo);
  if (pictures.length) {
    content.push(element("h3", {}, "Traces"));
    content.push(element("p", { class: "note" }, "Blue: this cell. Grey: the exemplar. At most six voltages of different protocols."));
    content.push(...pictures);
  }
  content.push(...others(combo));
  const details = $("details");
  const top = details.scrollTop;
  details.replaceChildren(...content);
  details.scrollTop = top;
}

function outcomeOf(combo) {
  const { decisions, project } = page;
  const failed = decisions.failed[combo];
  const features = `${failed} ${failed === 1 ? "feature does" : "features do"} not pass`;
  if (decisions.incomplete[combo]) {
    return "Incomplete: it was stopped early, at a limit that it may pass now. Only a simulation can tell.";
  }
  const texts = {
    [PASSED]: decisions.borderline[combo] ? "Released, borderline." : "Released.",
    [OVER_LIMIT]: `Not released: ${features}${project.combos.stopped_at[combo] >= 0 ? "; it was stopped early" : ""}.`,
    [SIMULATION_ERROR]: "Not released: the simulation has no scores.",
    [MISSING_SCORE]: `Not released: ${features}, for lack of a score.`,
    [NO_THRESHOLD]: "Not released: it passes, but has no threshold current.",
    [NOT_AMONG_BEST]: "Not released: not among the best.",
  };
  return texts[decisions.reason[combo]];
}

// The other combinations of the same morphology.
function others(combo) {
  const { project, decisions } = page;
  const { head, combos } = project;
  const items = [];
  for (let other = 0; other < project.n && items.length < 50; other++) {
    if (other === combo || combos.morph_name[other] !== combos.morph_name[combo]) continue;
    const reason = head.reasons[decisions.reason[other]];
    const name = (key) => head.names[key][combos[key][other]] ?? "";
    const text = `${name("emodel")}, layer ${name("layer")}, ${name("fullmtype")}, ${name("etype")}: ${reason.label}`;
    items.push(
      element(
        "li",
        {},
        element("i", { class: "dot", style: { background: reason.colour } }),
        element("button", { class: "plain", onclick: () => page.table.pick(other) }, text),
      ),
    );
  }
  if (!items.length) return [];
  return [element("h3", {}, "This morphology otherwise"), element("ul", { id: "others" }, ...items)];
}

// ---- the configuration

async function copy() {
  $("yaml").value = configuration(page.settings);
  $("copied").textContent = "Press Ctrl+C to copy.";
  $("dialog").showModal();
  $("yaml").focus();
  $("yaml").select();
  try {
    await navigator.clipboard.writeText($("yaml").value); // not there inside of a report
    $("copied").textContent = "Copied to the clipboard.";
  } catch {
    if (document.execCommand("copy")) $("copied").textContent = "Copied to the clipboard.";
  }
}

start().catch((error) => {
  $("headline").textContent = `This browser cannot show the page: ${error.message}`;
  throw error;
});

// The chosen combination: its features against their limits, and its traces.

const FORMATS = Array.from({ length: 5 }, (_, digits) => {
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat("en", options);
});

// A number with some decimals, at most four.
function shown(number, digits = 2) {
  if (Number.isNaN(number)) return "";
  if (!Number.isFinite(number)) return number < 0 ? "-∞" : "∞";
  return FORMATS[digits].format(number);
}

function percent(share) {
  return Number.isFinite(share) ? `${shown(100 * share, 1)} %` : shown(share);
}

// The features of a combination, those with the smallest margin first, skipped ones last.
function featuresOf(project, emodel, combo, settings) {
  const limits = limitsOf(emodel, emodel.types[project.combos.type[combo]], settings);
  const rows = Array.from(emodel.features, (feature, column) => {
    const score = emodel.scores[column * emodel.jobs + project.combos.row[combo]];
    const limit = limits.values[column];
    return {
      column,
      name: project.head.features[feature],
      score,
      limit,
      gated: limits.gated[column] === 1,
      rule: limits.rules[column],
      uncomputable: limits.uncomputable[column] === 1,
      margin: marginOf(score, limit),
      exemplar: emodel.exemplarScores ? emodel.exemplarScores[column] : NaN,
      mean: emodel.means ? emodel.means[column] : NaN,
      deviation: emodel.deviations ? emodel.deviations[column] : NaN,
    };
  });
  const rank = ({ gated, score, limit, margin }) =>
    !gated ? Infinity : Number.isNaN(limit) || Number.isNaN(score) ? -Infinity : margin;
  const order = (a, b) => (rank(a) === rank(b) ? a.column - b.column : rank(a) < rank(b) ? -1 : 1);
  return rows.sort(order);
}

// A bar of the score on a scale on which the limit is in the middle, with a ring at the exemplar's.
function gauge({ score, limit, gated, exemplar }, colours) {
  if (!gated || Number.isNaN(score) || !Number.isFinite(limit)) return null;
  const place = (value) =>
    `${50 * Math.min(2, limit > 0 ? value / limit : value > 0 ? 2 : 0)}%`;
  const colour = colours[score <= limit ? PASSED : OVER_LIMIT].colour;
  const bar = element("i", { style: { width: place(score), background: colour } });
  const ring = Number.isNaN(exemplar) ? null : element("u", { style: { left: place(exemplar) } });
  return element("div", { class: "gauge" }, bar, element("b"), ring);
}

// The table of a combination's features. `choose(row)` is called with the one that is clicked.
function featureTable(project, emodel, combo, settings, choose) {
  const byLimits = settings.select_perc_best === null;
  const stopped = project.combos.stopped_at[combo] >= 0;
  const rows = featuresOf(project, emodel, combo, settings).map((row) => {
    const { name, score, limit, gated, rule, exemplar, mean, deviation, uncomputable } = row;
    const about = [
      Number.isNaN(mean) ? "" : `experiment: ${shown(mean, 4)} ± ${shown(deviation, 4)}`,
      rule ? `threshold: rule ${rule}` : "",
      uncomputable ? "could not be computed for the exemplar (score 250)" : "",
    ];
    const missing = Number.isNaN(score) ? (stopped ? "not computed" : "missing") : shown(score);
    const noScorePasses = gated && Number.isNaN(limit);
    const button = { class: "plain", onclick: () => choose(row) };
    const fails = gated && !(score <= limit) && !(Number.isNaN(score) && stopped);
    return element(
      "tr",
      { class: !gated ? "out" : fails ? "fails" : null, title: about.filter(Boolean).join("; ") },
      element(
        "td",
        {},
        gated && byLimits ? element("button", button, ...breakable(name)) : name,
        gauge(row, project.head.reasons),
      ),
      element("td", { class: "n" }, missing),
      element("td", { class: "n" }, !gated ? "not gated" : noScorePasses ? "none" : shown(limit)),
      element("td", { class: "n" }, gated ? percent(row.margin) : ""),
      element("td", { class: "n" }, shown(exemplar)),
    );
  });
  const title = (text, number, about) =>
    element("th", { class: number ? "n" : null, title: about }, text);
  const titles = [
    title("feature"),
    title("score", true, "standard deviations from the experimental mean"),
    title("limit", true, "largest score that passes, standard deviations"),
    title("margin", true, "(limit - score) / limit"),
    title("exemplar", true, "score of the repaired exemplar, standard deviations"),
  ];
  return element(
    "table",
    {},
    element("thead", {}, element("tr", {}, ...titles)),
    element("tbody", {}, ...rows),
  );
}

// The traces of a simulation: response -> { t, v }.
function tracesOf({ traces, head }, job) {
  const found = new Map();
  for (let i = 0, start = 0; i < traces.job.length; start += traces.points[i], i++) {
    if (traces.job[i] !== job) continue;
    const [from, to] = [start, start + traces.points[i]];
    const trace = { t: traces.t.subarray(from, to), v: traces.v.subarray(from, to) };
    found.set(head.responses[traces.response[i]], trace);
  }
  return found;
}

const SVG = "http://www.w3.org/2000/svg";

// A drawing of a combination's trace, before the exemplar's in grey.
function drawing(name, own, exemplar, colour) {
  const [width, height, left, bottom] = [460, 90, 44, 12];
  const both = [exemplar, own].filter(Boolean);
  const t = both.flatMap((trace) => [trace.t[0], trace.t[trace.t.length - 1]]);
  const v = both.flatMap((trace) => [Math.min(...trace.v), Math.max(...trace.v)]);
  const [t0, t1, v0, v1] = [Math.min(...t), Math.max(...t), Math.min(...v), Math.max(...v)];
  const x = (value) => left + ((value - t0) / (t1 - t0 || 1)) * (width - left - 2);
  const y = (value) => 4 + ((v1 - value) / (v1 - v0 || 1)) * (height - bottom - 8);
  const line = (trace, stroke) => {
    const points = Array.from(trace.t, (time, i) => `${x(time).toFixed(1)},${y(trace.v[i]).toFixed(1)}`);
    return vector("polyline", { points: points.join(" "), fill: "none", stroke, "stroke-width": 1 });
  };
  const label = (text, at) => vector("text", at, text);
  const picture = vector(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `trace of ${name}` },
    ...(exemplar ? [line(exemplar, "#bbb")] : []),
    ...(own ? [line(own, colour)] : []),
    label(`${shown(v1, 0)} mV`, { x: left - 4, y: 10, "text-anchor": "end" }),
    label(`${shown(v0, 0)} mV`, { x: left - 4, y: height - bottom - 2, "text-anchor": "end" }),
    label(`${shown(t0, 0)} ms`, { x: left, y: height - 1 }),
    label(`${shown(t1, 0)} ms`, { x: width - 2, y: height - 1, "text-anchor": "end" }),
  );
  return element("figure", {}, element("figcaption", {}, name), picture);
}

function vector(tag, attributes, ...content) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...content);
  return made;
}

// The drawings of a combination's traces.
function drawings(project, emodel, combo) {
  const own = tracesOf(project, project.combos.job[combo]);
  const exemplar = emodel.exemplar === null ? new Map() : tracesOf(project, emodel.exemplar);
  const names = [...new Set([...own.keys(), ...exemplar.keys()])];
  const colour = project.head.reasons[PASSED].colour;
  return names.map((name) => drawing(name, own.get(name), exemplar.get(name), colour));
}

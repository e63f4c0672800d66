// Decide which combinations are released: what megate/gating/decide.py does, on the same numbers.
// tests/report/test_explore_decisions.py compares both.

const [PASSED, OVER_LIMIT, SIMULATION_ERROR, MISSING_SCORE, NO_THRESHOLD, NOT_AMONG_BEST] = [
  "passed",
  "over_limit",
  "simulation_error",
  "missing_score",
  "no_threshold",
  "not_among_best",
].keys();

const UNCOMPUTABLE = 250; // the score of a feature that could not be computed

// The rules that match an e-model, with the places of their features among the e-model's.
function rulesOf(emodel, settings) {
  return settings.rules.flatMap(({ matches, threshold }, number) => {
    if (matches.emodel && !matches.emodel.includes(emodel.number)) return [];
    const features = new Set(matches.features);
    const columns = [...emodel.features.keys()].filter((i) => features.has(emodel.features[i]));
    const { fullmtype, etype } = matches;
    return [{ number: number + 1, threshold, columns, fullmtype, etype }];
  });
}

// The limits of each of an e-model's types.
function limitsOfTypes(emodel, settings) {
  const rules = rulesOf(emodel, settings);
  if (rules.some(({ fullmtype, etype }) => fullmtype || etype)) {
    return emodel.types.map((type) => limitsOf(emodel, type, settings, rules));
  }
  const limits = limitsOf(emodel, emodel.types[0], settings, rules);
  return emodel.types.map(() => limits);
}

// The limits of an e-model's combinations of one type { fullmtype, etype }.
// Returns arrays with a value per feature of the e-model: `values`, the largest score that passes
// (NaN: no score passes); `rules`, the number of the rule that sets it, from 1 (0: none); `gated`;
// and `uncomputable`, whether the exemplar's feature could not be computed.
function limitsOf(emodel, type, settings, rules = rulesOf(emodel, settings)) {
  const n = emodel.features.length;
  const skipped = new Set(settings.skipped);
  const limits = {
    values: new Float64Array(n).fill(Infinity),
    rules: new Int32Array(n),
    gated: Uint8Array.from(emodel.features, (feature) => (skipped.has(feature) ? 0 : 1)),
    uncomputable: new Uint8Array(n),
  };
  if (settings.select_perc_best !== null) return limits;
  for (const { number, threshold, columns, fullmtype, etype } of rules) {
    if (fullmtype && !fullmtype.includes(type.fullmtype)) continue;
    if (etype && !etype.includes(type.etype)) continue;
    for (const column of columns) {
      limits.values[column] = threshold;
      limits.rules[column] = number;
    }
  }
  if (settings.skip_repaired_exemplar) return limits;
  for (let column = 0; column < n; column++) {
    const score = emodel.exemplarScores[column];
    // a threshold of 0 stays 0, also where the exemplar's score is infinite
    if (score > 1 && limits.values[column] > 0) limits.values[column] *= score;
    if (score >= UNCOMPUTABLE && settings.uncomputable_exemplar_feature !== "ignore") {
      limits.uncomputable[column] = 1;
      if (settings.uncomputable_exemplar_feature === "fail") limits.values[column] = NaN;
    }
  }
  return limits;
}

// (limit - score) / limit. With a limit of 0: 0 where the score is 0, else minus infinity.
function marginOf(score, limit) {
  return limit === 0 && score === 0 ? 0 : (limit - score) / limit;
}

// Arrays for decisions. Per combination: `reason`; `failed`, the number of gated features that do
// not pass; `limiting`, the place of the limiting feature among the e-model's (-1: none); `margin`;
// `borderline`; `incomplete`, whether it was stopped early and nothing that was computed fails. Per
// e-model and feature: `fails`, the number of combinations that fail by it, and `alone`, of those
// that fail by no other.
function newDecisions(project) {
  return {
    reason: new Uint8Array(project.n),
    failed: new Uint16Array(project.n),
    limiting: new Int32Array(project.n),
    margin: new Float64Array(project.n),
    borderline: new Uint8Array(project.n),
    incomplete: new Uint8Array(project.n),
    fails: project.emodels.map((emodel) => new Uint32Array(emodel.features.length)),
    alone: project.emodels.map((emodel) => new Uint32Array(emodel.features.length)),
  };
}

// Decide all combinations of the `emodels`, into `decisions`.
function decide(project, settings, decisions, emodels = project.emodels) {
  for (const emodel of emodels) {
    compare(project, emodel, settings, decisions);
    if (!settings.release_without_threshold) {
      for (let combo = emodel.first; combo < emodel.end; combo++) {
        if (decisions.reason[combo] === PASSED && project.combos.no_threshold[combo]) {
          decisions.reason[combo] = NO_THRESHOLD;
        }
      }
    }
    if (settings.select_perc_best !== null) keepBest(project, emodel, settings, decisions);
  }
  return decisions;
}

// Compare an e-model's scores with their limits.
function compare(project, emodel, settings, decisions) {
  const { raised } = project.combos;
  const { reason, failed, limiting, margin, borderline, incomplete } = decisions;
  const { ran, rows, typeOf, features } = emodel;
  const found = {
    over: new Uint8Array(ran.length),
    failures: new Uint16Array(ran.length),
    firstMissing: new Int32Array(ran.length).fill(-1),
    tightest: new Int32Array(ran.length).fill(-1),
    smallest: new Float64Array(ran.length).fill(Infinity), // margin
  };
  const limits = limitsOfTypes(emodel, settings);
  const fails = decisions.fails[emodel.number].fill(0);
  const alone = decisions.alone[emodel.number].fill(0);
  for (let column = 0; column < features.length; column++) {
    if (!limits[0].gated[column]) continue;
    const ofTypes = Float64Array.from(limits, (each) => each.values[column]);
    fails[column] = compareFeature(column, ofTypes, emodel, found);
  }
  const { over, failures, firstMissing, tightest, smallest } = found;
  for (let combo = emodel.first; combo < emodel.end; combo++) {
    if (!raised[combo]) continue;
    reason[combo] = SIMULATION_ERROR;
    failed[combo] = borderline[combo] = incomplete[combo] = 0;
    limiting[combo] = -1;
    margin[combo] = NaN;
  }
  for (let i = 0; i < ran.length; i++) {
    const combo = ran[i];
    const stopped = emodel.stopped[i] === 1;
    const complete = !stopped && firstMissing[i] < 0 && emodel.hasScores[rows[i]] === 1;
    reason[combo] = over[i] ? OVER_LIMIT : complete ? PASSED : MISSING_SCORE;
    failed[combo] = failures[i];
    // the first missing score limits if none is over its limit
    const limitedBy = firstMissing[i] >= 0 && !over[i] ? firstMissing[i] : tightest[i];
    const limit = limitedBy < 0 ? NaN : limits[typeOf[i]].values[limitedBy];
    limiting[combo] = limitedBy;
    margin[combo] = limit !== limit || limitedBy !== tightest[i] ? NaN : smallest[i];
    borderline[combo] = complete && Math.abs(margin[combo]) < settings.borderline_margin ? 1 : 0;
    incomplete[combo] = stopped && !over[i] ? 1 : 0;
    if (failures[i] === 1 && !stopped) alone[limitedBy] += 1;
  }
}

// Compare the scores of one feature. Returns how many combinations fail by it. (A function of its
// own, which browsers make faster than a loop inside of another one.)
function compareFeature(column, ofTypes, emodel, found) {
  const { rows, typeOf, stopped } = emodel;
  const { over, failures, firstMissing, tightest, smallest } = found;
  const scores = emodel.scores.subarray(column * emodel.jobs, (column + 1) * emodel.jobs);
  let n = 0;
  for (let i = 0; i < rows.length; i++) {
    const score = scores[rows[i]];
    const limit = ofTypes[typeOf[i]];
    if (!(score <= limit)) {
      const missing = score !== score; // NaN
      if (missing && firstMissing[i] < 0) firstMissing[i] = column;
      if (!missing) over[i] = 1;
      if (!missing || !stopped[i]) {
        failures[i] += 1;
        n += 1;
      }
    } else if (limit - score > (smallest[i] + 1e-9) * limit) {
      continue; // not the smallest margin: most end here, without a division
    }
    // a feature that no score passes comes first
    const rank = limit !== limit ? -Infinity : marginOf(score, limit);
    if (rank < smallest[i] || (tightest[i] < 0 && rank === rank)) {
      smallest[i] = rank;
      tightest[i] = column;
    }
  }
  return n;
}

// Of each type, release the best share by median score, of those that pass without limits.
function keepBest(project, emodel, settings, decisions) {
  const { reason } = decisions;
  const ofTypes = emodel.types.map(() => []);
  for (let combo = emodel.first; combo < emodel.end; combo++) {
    if (reason[combo] !== PASSED) continue;
    const median = medianOf(project, emodel, combo, settings);
    if (median < UNCOMPUTABLE) ofTypes[project.combos.type[combo]].push({ combo, median });
    reason[combo] = NOT_AMONG_BEST;
  }
  for (const candidates of ofTypes) {
    candidates.sort((a, b) => a.median - b.median);
    const n = Math.ceil(settings.select_perc_best * candidates.length);
    for (const { combo } of candidates.slice(0, n)) reason[combo] = PASSED;
  }
}

// The median of a combination's gated scores; NaN if it has none, or was stopped early.
function medianOf(project, emodel, combo, settings) {
  if (project.combos.raised[combo] || project.combos.stopped_at[combo] >= 0) return NaN;
  const skipped = new Set(settings.skipped);
  const scores = [];
  emodel.features.forEach((feature, column) => {
    const score = emodel.scores[column * emodel.jobs + project.combos.row[combo]];
    if (!skipped.has(feature) && !Number.isNaN(score)) scores.push(score);
  });
  scores.sort((a, b) => a - b);
  const middle = scores.length / 2;
  if (!scores.length) return NaN;
  return scores.length % 2
    ? scores[Math.floor(middle)]
    : (scores[middle - 1] + scores[middle]) / 2;
}

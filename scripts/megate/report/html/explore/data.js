// The data of the page: arrays of numbers, compressed, in elements of the page. Python's side is
// megate/report/html/explore_page.py; explore_data.py describes each array.

// The bytes of a compressed text.
async function inflated(text) {
  const letters = atob(text);
  const packed = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i++) packed[i] = letters.charCodeAt(i);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// The array of a part. The file has the first bytes of all numbers, then the second ones, ...
async function decoded({ type, text }) {
  const bytes = await inflated(text);
  if (type === "json") return JSON.parse(new TextDecoder().decode(bytes));
  const kind = globalThis[type];
  const size = kind.BYTES_PER_ELEMENT;
  if (size === 1) return bytes;
  const n = bytes.length / size;
  const sorted = new Uint8Array(bytes.length);
  for (let byte = 0; byte < size; byte++) {
    for (let i = 0, from = byte * n, to = byte; i < n; i++, to += size) sorted[to] = bytes[from + i];
  }
  return new kind(sorted.buffer);
}

// The project that the parts describe. `parts`: name -> { type, text }; `progress` is called with
// the share that is read.
async function readProject(parts, progress = async () => {}) {
  const arrays = {};
  const total = parts.size;
  let done = 0;
  for (const [name, part] of parts) {
    arrays[name] = await decoded(part);
    parts.delete(name); // the text is not needed again
    await progress((done += 1) / total);
  }
  return project(arrays);
}

// All that the page knows: the head's names and settings, `combos` (an array for each column) and
// `emodels`, with the place of their combinations, and their scores.
function project({ head, ...arrays }) {
  const combos = {};
  for (const [name, array] of Object.entries(arrays)) {
    if (name.startsWith("combo.")) combos[name.slice("combo.".length)] = array;
  }
  const n = combos.job.length;
  const ofEmodel = new Int32Array(n); // the row of the combination's job in its e-model's scores
  const type = new Int32Array(n); // the number of its m-type and e-type in its e-model
  let first = 0;
  const emodels = head.emodels.map((about, number) => {
    const emodel = {
      ...about,
      number,
      first,
      end: first + about.combos,
      features: arrays[`${number}.features`],
      scores: arrays[`${number}.scores`],
      exemplarScores: arrays[`${number}.score`] ?? null,
      means: arrays[`${number}.exp_mean`] ?? null,
      deviations: arrays[`${number}.exp_std`] ?? null,
      types: [],
    };
    const rows = new Map();
    const types = new Map();
    for (let combo = emodel.first; combo < emodel.end; combo++) {
      const job = combos.job[combo];
      if (!rows.has(job)) rows.set(job, rows.size);
      ofEmodel[combo] = rows.get(job);
      const [fullmtype, etype] = [combos.fullmtype[combo], combos.etype[combo]];
      const key = `${fullmtype},${etype}`;
      if (!types.has(key)) {
        types.set(key, types.size);
        emodel.types.push({ fullmtype, etype });
      }
      type[combo] = types.get(key);
    }
    // the combinations whose simulation did not fail, and what decides about them
    const numbers = Int32Array.from({ length: about.combos }, (_, i) => emodel.first + i);
    emodel.ran = numbers.filter((combo) => !combos.raised[combo]);
    emodel.rows = emodel.ran.map((combo) => ofEmodel[combo]);
    emodel.typeOf = emodel.ran.map((combo) => type[combo]);
    emodel.stopped = Uint8Array.from(emodel.ran, (combo) => (combos.stopped_at[combo] < 0 ? 0 : 1));
    emodel.hasScores = jobsWithScores(emodel);
    first = emodel.end;
    return emodel;
  });
  const traces = {
    job: arrays["trace.job"],
    response: arrays["trace.response"],
    points: arrays["trace.points"],
    t: arrays["trace.t"],
    v: arrays["trace.v"],
  };
  return { head, n, combos: { ...combos, row: ofEmodel, type }, emodels, traces };
}

function jobsWithScores({ features, jobs, scores }) {
  const some = new Uint8Array(jobs);
  for (let column = 0; column < features.length; column++) {
    for (let job = 0, at = column * jobs; job < jobs; job++, at++) {
      if (!Number.isNaN(scores[at])) some[job] = 1;
    }
  }
  return some;
}

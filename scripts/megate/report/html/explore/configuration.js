// Write thresholds as YAML for megate's configuration.

// A text as a double-quoted scalar of YAML, with plain ASCII characters only.
function quoted(text) {
  const escaped = Array.from(text, (letter) => {
    const code = letter.codePointAt(0);
    if (letter === '"' || letter === "\\") return `\\${letter}`;
    if (code >= 0x20 && code < 0x7f) return letter;
    return code > 0xffff
      ? `\\U${code.toString(16).padStart(8, "0")}`
      : `\\u${code.toString(16).padStart(4, "0")}`;
  });
  return `"${escaped.join("")}"`;
}

// A number as YAML reads it: 1e-7 would be a text there.
function numeral(number) {
  const [digits, exponent] = String(number).split("e");
  if (exponent === undefined) return digits;
  return `${digits.includes(".") ? digits : `${digits}.0`}e${exponent}`;
}

// A regular expression that matches this text only.
function literal(text) {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

// The keys of the configuration that the page can change.
function configuration({ rules, select_perc_best: best }) {
  if (best !== null) return `select:\n  select_perc_best: ${numeral(best)}\n`;
  const lines = ["select:", "  megate_thresholds:"];
  for (const { patterns, threshold } of rules) {
    let start = "    - ";
    for (const key of ["emodel", "fullmtype", "etype", "features"]) {
      if (!patterns[key]) continue;
      lines.push(`${start}${key}: [${patterns[key].map(quoted).join(", ")}]`);
      start = "      ";
    }
    lines.push(`${start}megate_threshold: ${numeral(threshold)}`);
  }
  if (!rules.length) lines[1] += " []";
  return `${lines.join("\n")}\n`;
}

"""An e-model that is a hoc: a soma with Hodgkin-Huxley channels, and passive dendrites and axon."""

from pathlib import Path

NAME = "hh_cell"
CELSIUS, V_INIT = 6.3, -65.0
G_PAS, RA = 1e-4, 100.0  # S/cm2, ohm cm

HOC = """\
/* A template as portals publish them; begintemplate in a comment does not count. */
{load_file("stdrun.hoc")}
{load_file("import3d.hoc")}

proc check_parameter(/* name, expected_value, value */) {
  strdef error
  if ($2 != $3) {
    sprint(error, "Parameter %s has different value %f != %f", $s1, $2, $3)
    execerror(error)
  }
}
proc check_simulator() {
  check_parameter("celsius", 6.3, celsius)
  check_parameter("v_init", -65, v_init)
}

begintemplate hh_cell
public init, gid, getCell, CellRef, soma, dend, apic, axon, myelin
public all, somatic, basal, apical, axonal, myelinated, nSecAxonalOrig, nSecBasal, nSecApical
public synlist, synHelperList, connect2target, clear
create soma[1], dend[1], apic[1], axon[1], myelin[1]
objref all, somatic, basal, apical, axonal, myelinated, this, CellRef, synlist, synHelperList

proc init(/* gid, morphology_dir, morphology_name */) { localobj reader, importer
  strdef path  // a brace in a comment: }
  forall delete_section()
  all = new SectionList()
  somatic = new SectionList()
  basal = new SectionList()
  apical = new SectionList()
  axonal = new SectionList()
  myelinated = new SectionList()
  synlist = new List()
  synHelperList = new List()
  gid = $1
  CellRef = this
  if (numarg() >= 3) {
    sprint(path, "%s/%s", $s2, $s3)
  } else {
    sprint(path, "%s/%s", $s2, "exemplar.swc")
  }
  reader = new Import3d_SWC_read()
  reader.input(path)
  importer = new Import3d_GUI(reader, 0)
  importer.instantiate(this)
  nSecAxonalOrig = count(axonal)
  nSecBasal = count(basal)
  nSecApical = count(apical)
  forsec all {
    nseg = 1 + 2*int(L/20)
    Ra = 100
    insert pas
    g_pas = 0.0001
    e_pas = -65
  }
  forsec somatic insert hh
}

func count() { local number
  number = 0
  forsec $o1 number += 1
  return number
}

obfunc getCell() { return this }

proc clear() { localobj nothing
  CellRef = nothing
}

proc connect2target() {
  soma[0] $o2 = new NetCon(&v(1), $o1)
  $o2.threshold = -30
}
endtemplate hh_cell
"""

DENDRITE_UM, DENDRITE_DIAM_UM = 500.0, 2.0


def swc(length: float = 100.0, soma: float = 20.0, axon: bool = False) -> str:
    """A soma (a cylinder as long as wide), a basal dendrite and perhaps an axon, um."""
    half, end = soma / 2, soma / 2 + length
    lines = [
        f"1 1 0 {-half} 0 {half} -1",
        f"2 1 0 {half} 0 {half} 1",
        f"3 3 0 {half} 0 {DENDRITE_DIAM_UM / 2} 2",
        f"4 3 0 {end} 0 {DENDRITE_DIAM_UM / 2} 3",
    ]
    if axon:
        lines += [f"5 2 0 {-half} 0 0.5 1", f"6 2 0 {-half - 100} 0 0.5 5"]
    return "\n".join(lines) + "\n"


def passive(hoc: str = HOC) -> str:
    """The hoc without channels."""
    return hoc.replace("  forsec somatic insert hh\n", "")


def write(package: Path, hoc: str = HOC, morphology: str | None = None) -> Path:
    """Write the package: hoc and exemplar."""
    for path, text in (("hoc/hh_cell.hoc", hoc), ("morphology/exemplar.swc", morphology or swc())):
        (package / path).parent.mkdir(parents=True, exist_ok=True)
        (package / path).write_text(text)
    return package


def of_bluepyopt(hoc: str = HOC) -> str:
    """The hoc as BluePyOpt's own template writes it: without what only circuits need."""
    public, functions = hoc.partition("public synlist")[2], hoc.partition("obfunc getCell")[2]
    hoc = hoc.replace("public synlist" + public.split("\n")[0] + "\n", "")
    hoc = hoc.replace(", synlist, synHelperList\n", "\n")
    hoc = hoc.replace(", nSecAxonalOrig, nSecBasal, nSecApical", "")
    hoc = hoc.replace("public init, gid, getCell, CellRef, soma", "public init, soma")
    hoc = hoc.replace("  synlist = new List()\n  synHelperList = new List()\n  gid = $1\n", "")
    hoc = hoc.replace("obfunc getCell" + functions.split("endtemplate")[0], "")
    for old, new in {"$s2": "$s1", "$s3": "$s2", "numarg() >= 3": "numarg() >= 2"}.items():
        hoc = hoc.replace(old, new)
    return hoc

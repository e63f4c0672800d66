# megate: which electrical model works on which morphology.
#
#   snakemake --cores 2                             the embedded example
#   snakemake --cores 8 --configfile my.yaml        a project of your own
#   snakemake --cores 8 --config bluepymm=FOLDER    a BluePyMM project, unchanged
#
from snakemake.utils import min_version

min_version("9.20")

# config/config.yaml is the example's. A configuration of your own takes its place whole: keys
# that you leave out have the schema's defaults, not the example's inputs.
if not workflow.configfiles and "bluepymm" not in config:

    configfile: f"{workflow.basedir}/config/config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/prepare.smk"
include: "workflow/rules/score.smk"
include: "workflow/rules/select.smk"
include: "workflow/rules/combos_hoc.smk"


localrules:
    all,
    combos,
    combos_hoc,


rule all:
    """The release, and the scores and traces that it was made from: what is lost is made again."""
    default_target: True
    input:
        rules.aggregate.output,
        expand(list(score_outputs.values()), job=project.jobs),


onstart:
    with plain_errors():
        check_writable(FOLDERS)


onsuccess:
    print_summary()

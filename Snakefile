# megate: which electrical model works on which morphology.
#
#   snakemake --cores 2                             the embedded example
#   snakemake --cores 8 --configfile my.yaml        a project of your own
#   snakemake --cores 8 --config bluepymm=FOLDER    a BluePyMM project, unchanged
#   snakemake --cores 1 scores_db                   the scores, also as BluePyMM's scores.sqlite
#
from snakemake.utils import min_version

min_version("9.20")

# config/config.yaml is the example's. A configuration of your own takes its place whole: keys
# that you leave out have the schema's defaults, not the example's inputs.
if not workflow.configfiles and not {"bluepymm", "scores_db"} & config.keys():

    configfile: f"{workflow.basedir}/config/config.yaml"


include: "workflow/rules/common.smk"


if project:

    include: "workflow/rules/prepare.smk"
    include: "workflow/rules/score.smk"


include: "workflow/rules/exchange.smk"
include: "workflow/rules/select.smk"


if project:

    include: "workflow/rules/combos_hoc.smk"


include: "workflow/rules/report.smk"


report: "workflow/report/workflow.rst"


localrules:
    all,


rule all:
    """The release, its report, and what they were made from: what is lost is made again."""
    default_target: True
    input:
        rules.aggregate.output,
        COMBOS,
        SCORES,
        HOC,
        report_outputs,
        kept,


onstart:
    with plain_errors():
        check_writable(FOLDERS)
        check_morphologies()
    remove_needless_spares()


onsuccess:
    print_summary()

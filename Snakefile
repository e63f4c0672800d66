# megate: which electrical model works on which morphology.
#
#   snakemake --cores 2                             the embedded example
#   snakemake --cores 8 --configfile my.yaml        your own project
#   snakemake --cores 8 --config bluepymm=FOLDER    a BluePyMM project, unchanged
#   snakemake --cores 1 scores_db                   also write BluePyMM's scores.sqlite
#   snakemake --cores 2 validate                    simulate the release as circuits do
#
from snakemake.utils import min_version

min_version("9.20")

# config/config.yaml is the example's. Your own configuration replaces it as a whole: keys that you
# leave out have the schema's defaults, not the example's inputs.
if not workflow.configfiles and not {"bluepymm", "scores_db"} & config.keys():

    configfile: f"{workflow.current_basedir}/config/config.yaml"


include: "workflow/rules/common.smk"


if project:

    include: "workflow/rules/prepare.smk"
    include: "workflow/rules/score.smk"

    if settings.adapt:

        include: "workflow/rules/adapt.smk"


include: "workflow/rules/exchange.smk"
include: "workflow/rules/select.smk"
include: "workflow/rules/circuit.smk"
include: "workflow/rules/nodes.smk"


if project:

    include: "workflow/rules/combos_hoc.smk"


include: "workflow/rules/validate.smk"
include: "workflow/rules/report.smk"


if not own_config:  # Snakemake renders this text with the configuration of the main Snakefile

    report: "workflow/report/workflow.rst"


# what a run writes
everything = [
    rules.aggregate.output,
    rules.circuit.output,
    paths.combos,
    TYPES,
    paths.scores,
    EMODELS_HOC,
    report_outputs,
]
checks = []

if config["select"]["require_coverage"]:

    include: "workflow/rules/coverage.smk"

    checks.append(rules.check_coverage.output)


rule all:
    """Make the release, its report, and any missing results that they were made from."""
    default_target: True
    input:
        everything,
        retained,
        checks,
    localrule: True


onstart:
    check_before_start()


onsuccess:
    print_summary()

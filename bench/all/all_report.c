/* What suite `all` says between the reports of the others, and at the end. */
#include "bench/all/all.h"
#include "platform/cli.h"

static const char *const fates[] = {
    [MW_DONE] = "done", [MW_LEFT_OUT] = "left out", [MW_CHECK_FAILED] = "failed", [MW_DIED] = "failed"};

void mw_all_heading(const mw_suite *suite, int i, int n, bool markdown, FILE *to)
{
    fprintf(to, "%s%s %s (%d of %d): %s%s\n\n", i > 1 ? "\n" : "", markdown ? "##" : "==", suite->name, i, n,
            suite->help, markdown ? "" : " ==");
}

void mw_all_report(const mw_outcome *outcomes, int n, const char *folder, bool markdown, FILE *to)
{
    const char *row = markdown ? "| %s | %.1f | %s | %s |\n" : "%-10s %9.1f   %-10s %s\n";
    char line[700];
    fprintf(to, markdown ? "\n## suites\n\n| suite | seconds | became | folder |\n|---|--:|---|---|\n"
                         : "\n== suites ==\n\nsuite        seconds   became     folder\n");
    for (int i = 0; i < n; i++)
        fprintf(to, row, outcomes[i].suite->name, outcomes[i].seconds, fates[outcomes[i].fate],
                outcomes[i].folder ? outcomes[i].suite->name : "-");
    fprintf(to, "\nfolders are in %s\n", folder);
    for (int i = 0; i < n; i++) {
        if (outcomes[i].fate == MW_DONE)
            continue;
        snprintf(line, sizeof line, "- %s %s: %s", outcomes[i].suite->name, fates[outcomes[i].fate], outcomes[i].why);
        mw_cli_paragraph(to, line);
    }
}

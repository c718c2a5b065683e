/* What suite `claims` shows. All of it comes from claims.csv. */
#include "bench/claims/claims.h"
#include "bench/run/summary.h"
#include "platform/cli.h"

#include <math.h>
#include <string.h>

/* "12.3" in three digits, "-" for nothing. */
static const char *number(const char *cell, char to[16])
{
    snprintf(to, 16, "-");
    if (cell)
        snprintf(to, 16, "%.3g", mw_cell_number(cell));
    return to;
}

static const char *text(const char *cell)
{
    return cell ? cell : "-";
}

static void table(const mw_csv *t, FILE *to)
{
    char paper[16], here[16];
    fprintf(to, "%-3s %-29s %6s %8s %-11s %s\n", "", "claim", "paper", "here", "provenance", "verdict");
    for (size_t i = 0; i < t->n_rows; i++) {
        char *const *row = mw_csv_row(t, i);
        fprintf(to, "%-3s %-29s %6s %8s %-11s %s\n", row[MW_CLAIMS_id], row[MW_CLAIMS_title],
                number(row[MW_CLAIMS_paper_value], paper), number(row[MW_CLAIMS_value], here),
                row[MW_CLAIMS_provenance], row[MW_CLAIMS_verdict]);
    }
}

static void counts(const mw_csv *t, FILE *to)
{
    for (int v = 0; v < MW_VERDICTS; v++) {
        size_t n = 0;
        for (size_t i = 0; i < t->n_rows; i++)
            n += strcmp(mw_csv_row(t, i)[MW_CLAIMS_verdict], mw_verdict_name((mw_verdict)v)) == 0;
        fprintf(to, "%s%s: %zu", v ? ", " : "\n", mw_verdict_name((mw_verdict)v), n);
    }
    fprintf(to, "\n");
}

/* "here: MEASURE: 1.2 (1.1 to 1.3), n 6, unit" */
static void here(char *const *row, char *line, size_t size)
{
    char value[16], low[16], high[16];
    size_t n =
        (size_t)snprintf(line, size, "here: %s: %s", row[MW_CLAIMS_measure], number(row[MW_CLAIMS_value], value));
    if (n < size && row[MW_CLAIMS_ci_low] && row[MW_CLAIMS_ci_high])
        n += (size_t)snprintf(line + n, size - n, " (%s to %s)", number(row[MW_CLAIMS_ci_low], low),
                              number(row[MW_CLAIMS_ci_high], high));
    if (n < size && row[MW_CLAIMS_value] && strcmp(row[MW_CLAIMS_unit], "1") != 0)
        n += (size_t)snprintf(line + n, size - n, " %s", row[MW_CLAIMS_unit]);
    if (n < size && row[MW_CLAIMS_ci_low])
        snprintf(line + n, size - n, ", n %s", row[MW_CLAIMS_n]);
}

static void details(char *const *row, FILE *to)
{
    char line[1400];
    fprintf(to, "\n%s  %s\n", row[MW_CLAIMS_id], row[MW_CLAIMS_verdict]);
    snprintf(line, sizeof line, "%s (%s)", row[MW_CLAIMS_claim], row[MW_CLAIMS_where]);
    mw_cli_paragraph(to, line);
    snprintf(line, sizeof line, "artifact: %s", row[MW_CLAIMS_artifact]);
    mw_cli_paragraph(to, line);
    here(row, line, sizeof line);
    mw_cli_paragraph(to, line);
    snprintf(line, sizeof line, "rule: %s", row[MW_CLAIMS_rule]);
    mw_cli_paragraph(to, line);
    if (row[MW_CLAIMS_note]) {
        snprintf(line, sizeof line, "note: %s", row[MW_CLAIMS_note]);
        mw_cli_paragraph(to, line);
    }
    snprintf(line, sizeof line, "$ %s", row[MW_CLAIMS_command]);
    mw_cli_paragraph(to, line);
}

/* Nothing in a cell may end it. */
static void md_cell(const char *cell, FILE *to)
{
    for (const char *p = text(cell); *p; p++) {
        if (*p == '|')
            putc('\\', to);
        putc(*p, to);
    }
    fputs(" | ", to);
}

static void markdown_table(const mw_csv *t, FILE *to)
{
    char value[16], line[600];
    fprintf(to, "| id | where | claim | paper | artifact | here | provenance | verdict | rule | note | command |\n"
                "|---|---|---|--:|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < t->n_rows; i++) {
        char *const *row = mw_csv_row(t, i);
        fputs("| ", to);
        md_cell(row[MW_CLAIMS_id], to);
        md_cell(row[MW_CLAIMS_where], to);
        md_cell(row[MW_CLAIMS_claim], to);
        md_cell(number(row[MW_CLAIMS_paper_value], value), to);
        md_cell(row[MW_CLAIMS_artifact], to);
        here(row, line, sizeof line);
        md_cell(line + strlen("here: "), to);
        md_cell(row[MW_CLAIMS_provenance], to);
        md_cell(row[MW_CLAIMS_verdict], to);
        md_cell(row[MW_CLAIMS_rule], to);
        md_cell(row[MW_CLAIMS_note], to);
        snprintf(line, sizeof line, "`%.500s`", row[MW_CLAIMS_command]);
        md_cell(line, to);
        fputs("\n", to);
    }
}

void mw_claims_report(const mw_csv *t, bool markdown, FILE *to)
{
    if (markdown) {
        markdown_table(t, to);
        return;
    }
    table(t, to);
    counts(t, to);
    for (size_t i = 0; i < t->n_rows; i++)
        details(mw_csv_row(t, i), to);
}

void mw_claims_show(const mw_session *s, mw_page *page)
{
    FILE *to = page->to;
    mw_claims_report(mw_session_table((mw_session *)(uintptr_t)s, mw_csv_claims), s->options->format == MW_FORMAT_MD, to);
}

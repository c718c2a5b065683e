/* Prints the ledger; all of it comes from claims.csv. */
#include "bench/claims/claims.h"

#include <math.h>
#include <string.h>

static const char *text(const mw_cell *row, size_t column)
{
    return row[column].kind == MW_CELL_TEXT ? row[column].text : "";
}

/* Three digits, "-" for nothing. */
static const char *number(const mw_cell *row, size_t column, char to[16])
{
    const double value = mw_cell_value(&row[column]);
    snprintf(to, 16, isfinite(value) ? "%.3g" : "-", value);
    return to;
}

static void table(mw_page *p, const mw_csv *t)
{
    static const mw_column columns[] = {
        {"id", .width = -3},
        {"claim", .width = -29},
        {"paper", .width = 6},
        {"here", .width = 8},
        {"provenance", .width = -11},
        {"verdict", .width = -1},
        {NULL},
    };
    char paper[16], here[16];
    mw_page_open(p, columns);
    for (size_t i = 0; i < t->n_rows; i++) {
        const mw_cell *row = mw_csv_cells(t, i);
        mw_page_cell(p, "%s", text(row, MW_CLAIMS_id));
        mw_page_cell(p, "%s", text(row, MW_CLAIMS_title));
        mw_page_cell(p, "%s", number(row, MW_CLAIMS_paper_value, paper));
        mw_page_cell(p, "%s", number(row, MW_CLAIMS_value, here));
        mw_page_cell(p, "%s", text(row, MW_CLAIMS_provenance));
        mw_page_cell(p, "%s", text(row, MW_CLAIMS_verdict));
    }
}

static void counts(mw_page *p, const mw_csv *t)
{
    size_t n[MW_VERDICTS] = {0};
    for (size_t i = 0; i < t->n_rows; i++)
        for (int v = 0; v < MW_VERDICTS; v++)
            n[v] += strcmp(text(mw_csv_cells(t, i), MW_CLAIMS_verdict), mw_verdict_name((mw_verdict)v)) == 0;
    mw_page_text(p, "holds: %zu, holds in part: %zu, does not hold: %zu, not testable here: %zu", n[MW_HOLDS],
                 n[MW_HOLDS_IN_PART], n[MW_DOES_NOT_HOLD], n[MW_NOT_TESTABLE]);
}

static void details(mw_page *p, const mw_cell *row)
{
    char value[16], low[16], high[16], interval[40] = "", n[32] = "";
    const char *unit = text(row, MW_CLAIMS_unit), *note = text(row, MW_CLAIMS_note), *quote = p->markdown ? "`" : "";
    if (row[MW_CLAIMS_ci_low].kind != MW_CELL_EMPTY)
        snprintf(n, sizeof n, ", n %.0f", row[MW_CLAIMS_n].number);
    if (*n && row[MW_CLAIMS_ci_high].kind != MW_CELL_EMPTY)
        snprintf(interval, sizeof interval, " (%s to %s)", number(row, MW_CLAIMS_ci_low, low),
                 number(row, MW_CLAIMS_ci_high, high));
    const bool has_unit = row[MW_CLAIMS_value].kind != MW_CELL_EMPTY && strcmp(unit, "1") != 0;
    mw_page_heading(p, "%s  %s", text(row, MW_CLAIMS_id), text(row, MW_CLAIMS_verdict));
    mw_page_item(p, "%s (%s)", text(row, MW_CLAIMS_claim), text(row, MW_CLAIMS_where));
    mw_page_item(p, "artifact: %s", text(row, MW_CLAIMS_artifact));
    mw_page_item(p, "here: %s: %s%s%s%s%s", text(row, MW_CLAIMS_measure), number(row, MW_CLAIMS_value, value), interval,
                 has_unit ? " " : "", has_unit ? unit : "", n);
    mw_page_item(p, "rule: %s", text(row, MW_CLAIMS_rule));
    if (*note)
        mw_page_item(p, "note: %s", note);
    mw_page_item(p, "%s%s%s%s", p->markdown ? "" : "$ ", quote, text(row, MW_CLAIMS_command), quote);
}

void mw_claims_report(mw_page *p, const mw_csv *t)
{
    table(p, t);
    counts(p, t);
    for (size_t i = 0; i < t->n_rows; i++)
        details(p, mw_csv_cells(t, i));
}

void mw_claims_show(const mw_session *s, mw_page *page)
{
    const mw_csv *claims = mw_session_find_table(s, mw_csv_claims);
    if (claims)
        mw_claims_report(page, claims);
}

#include "bench/tables/folder.h"

#include "bench/tables/csv_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Makes '?' of control characters; returns whether there were any. In UTF-8, those above 0x7f are two bytes. */
static bool make_printable(char *text)
{
    bool changed = false;
    for (unsigned char *p = (unsigned char *)text; *p; p++)
        if (*p < 0x20 || *p == 0x7f || (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)) {
            if (*p == 0xc2)
                p[1] = '?';
            *p = '?';
            changed = true;
        }
    return changed;
}

static int make_rows_printable(mw_csv *csv, size_t first, const char *path, mw_error *err)
{
    for (size_t i = first; i < csv->n_rows; i++)
        for (size_t c = 0; c < csv->n_columns; c++) {
            const mw_cell *cell = &mw_csv_cells(csv, i)[c];
            char *text = cell->kind == MW_CELL_TEXT ? strdup(cell->text) : NULL;
            if (text && make_printable(text))
                mw_csv_replace(csv, i, c, mw_text(text));
            csv->out_of_memory |= cell->kind == MW_CELL_TEXT && !text;
            free(text);
        }
    return csv->out_of_memory ? mw_fail(err, -ENOMEM, "%s: no memory for its rows", path) : 0;
}

static void read_command(const char *folder, char *command, size_t size)
{
    char path[1200];
    snprintf(path, sizeof path, "%s/command.txt", folder);
    FILE *f = fopen(path, "r");
    if (f && fgets(command, (int)size, f)) {
        command[strcspn(command, "\n")] = '\0';
        make_printable(command);
        char *name = command + strcspn(command, " ");
        while (name > command && name[-1] != '/')
            name--;
        memmove(command, name, strlen(name) + 1);
    }
    if (f)
        fclose(f);
}

int mw_folder_read(const char *path, mw_csv *results, char *command, size_t size, mw_error *err)
{
    struct stat st;
    char inside[1200];
    const bool is_folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
    const size_t first = results->n_rows;
    if (command)
        *command = '\0';
    if (snprintf(inside, sizeof inside, "%s%s", path, is_folder ? "/results.csv" : "") >= (int)sizeof inside)
        return mw_fail(err, -ENAMETOOLONG, "%.200s...: the path is too long", path);
    const int rc = mw_csv_read(inside, results, err);
    if (!rc && is_folder && command)
        read_command(path, command, size);
    return rc ? rc : make_rows_printable(results, first, path, err);
}

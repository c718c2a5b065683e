#include "bench/tables/folder.h"

#include "bench/tables/csv_read.h"
#include "platform/text.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static void read_command(const char *folder, char *command, size_t size)
{
    char path[1200];
    snprintf(path, sizeof path, "%s/command.txt", folder);
    FILE *f = fopen(path, "r");
    if (f && fgets(command, (int)size, f)) {
        command[strcspn(command, "\n")] = '\0';
        mw_text_copy(command, size, command);
        char *name = command + strcspn(command, " ");
        while (name > command && name[-1] != '/')
            name--;
        memmove(command, name, strlen(name) + 1);
    }
    if (f)
        fclose(f);
}

/* Names from a file get printed: nothing in them may command the terminal. */
static void make_printable(mw_csv *csv, size_t first_row)
{
    for (size_t i = first_row * csv->n_columns; i < csv->n_rows * csv->n_columns; i++) {
        char *text = (char *)(uintptr_t)csv->cells[i].text;
        if (text)
            mw_text_copy(text, strlen(text) + 1, text);
    }
}

int mw_folder_read(const char *path, mw_csv *results, char *command, size_t size, mw_error *err)
{
    struct stat st;
    char inside[1200];
    const bool is_folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
    if (command)
        *command = '\0';
    if (snprintf(inside, sizeof inside, "%s%s", path, is_folder ? "/results.csv" : "") >= (int)sizeof inside)
        return mw_fail(err, -ENAMETOOLONG, "%.200s...: the path is too long", path);
    const size_t first = results->n_rows;
    const int rc = mw_csv_read(inside, results, err);
    make_printable(results, first);
    if (!rc && is_folder && command)
        read_command(path, command, size);
    return rc;
}

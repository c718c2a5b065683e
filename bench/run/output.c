#include "bench/run/output.h"

#include "bench/run/machine.h"
#include "platform/os.h"
#include "platform/quote.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A host name is not ours to trust as part of a path. */
static void safe_name(char *name)
{
    for (char *p = name; *p; p++)
        if (!isalnum((unsigned char)*p) && *p != '-' && *p != '_' && (*p != '.' || p == name))
            *p = '_';
}

static bool empty_folder(const char *path)
{
    DIR *d = opendir(path);
    if (!d)
        return false;
    int entries = 0;
    while (readdir(d))
        entries++;
    closedir(d);
    return entries <= 2;
}

int mw_output_name(const mw_session *s, char *path, size_t size, mw_error *err)
{
    char host[128], time[32];
    snprintf(host, sizeof host, "%s", s->host);
    snprintf(time, sizeof time, "%s", s->utc);
    safe_name(host);
    safe_name(time); /* ':' is not welcome in file names everywhere */
    int n = s->options->out ? snprintf(path, size, "%s", s->options->out)
                            : snprintf(path, size, "results/%s/%s", host, time);
    if (n < 1 || (size_t)n + 32 > size)
        return mw_fail(err, -ENAMETOOLONG, "--out: a path of %d characters cannot be used", n);
    while (n > 1 && path[n - 1] == '/')
        path[--n] = '\0';
    if (!s->options->out) /* two runs in one second */
        for (int i = 2; i < 100 && access(path, F_OK) == 0; i++)
            snprintf(path, size, "results/%s/%s-%d", host, time, i);
    return 0;
}

int mw_output_prepare(const char *path, mw_error *err)
{
    struct stat st;
    if (stat(path, &st) == 0 && !(S_ISDIR(st.st_mode) && empty_folder(path)))
        return mw_fail(err, -EEXIST, "%s: is there already and not an empty folder; choose another --out", path);
    char above[1024];
    snprintf(above, sizeof above, "%s", path);
    char *slash = strrchr(above, '/');
    if (slash == above)
        slash[1] = '\0';
    else if (slash)
        *slash = '\0';
    else
        snprintf(above, sizeof above, ".");
    int rc = mw_make_folders(above, err);
    if (!rc && access(above, W_OK | X_OK))
        rc = mw_fail(err, -errno, "%s: cannot be written: %s; choose another --out", above, strerror(errno));
    return rc;
}

typedef int write_fn(const void *what, FILE *to, mw_error *err);

static int write_table(const void *table, FILE *to, mw_error *err)
{
    return mw_csv_write(table, to, err);
}

static int write_machine(const void *session, FILE *to, mw_error *err)
{
    return mw_machine_write(session, to, err);
}

/* The command, quoted so that a shell takes it back. */
static int write_command(const void *session, FILE *to, mw_error *err)
{
    const mw_session *s = session;
    (void)err;
    for (int i = 0; i < s->argc; i++) {
        if (i)
            putc(' ', to);
        mw_quote(to, s->argv[i]);
    }
    putc('\n', to);
    return 0;
}

static int write_file(const void *what, const char *folder, const char *name, write_fn *write, mw_error *err)
{
    char path[1200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    if (!f)
        return mw_fail(err, -errno, "%s: cannot be written: %s", path, strerror(errno));
    int rc = write(what, f, err);
    if ((fflush(f) || ferror(f) || fsync(fileno(f))) && !rc)
        rc = mw_fail(err, -EIO, "%s: cannot be written: %s", path, strerror(errno));
    if (fclose(f) && !rc)
        rc = mw_fail(err, -EIO, "%s: cannot be written: %s", path, strerror(errno));
    return rc;
}

void mw_output_remove(const char *path)
{
    DIR *d = opendir(path);
    if (!d)
        return;
    for (struct dirent *e; (e = readdir(d));) {
        char file[1500];
        snprintf(file, sizeof file, "%s/%s", path, e->d_name);
        if (e->d_name[0] != '.')
            unlink(file);
    }
    closedir(d);
    rmdir(path);
}

int mw_output_write(mw_session *s, const char *path, mw_error *err)
{
    char temporary[1100], xml[1200];
    snprintf(temporary, sizeof temporary, "%s.tmp-XXXXXX", path);
    if (!mkdtemp(temporary))
        return mw_fail(err, -errno, "%s: cannot be created: %s; choose another --out", temporary, strerror(errno));
    chmod(temporary, 0755);
    int rc = 0;
    mw_csv *tables[MW_MAX_TABLES];
    const int n = mw_session_tables(s, tables);
    for (int i = 0; i < n && !rc; i++)
        if (i == 0 || tables[i]->n_rows > 0)
            rc = write_file(tables[i], temporary, tables[i]->file, write_table, err);
    if (!rc)
        rc = write_file(s, temporary, "machine.json", write_machine, err);
    if (!rc)
        rc = write_file(s, temporary, "command.txt", write_command, err);
    snprintf(xml, sizeof xml, "%s/topology.xml", temporary);
    if (!rc)
        mw_topology_write_xml(s->topology, xml); /* without hwloc there is none */
    if (!rc && rename(temporary, path))
        rc = mw_fail(err, -errno, "%s: cannot be put in place: %s", path, strerror(errno));
    if (rc)
        mw_output_remove(temporary);
    return rc;
}

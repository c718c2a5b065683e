#include "bench/run/output.h"

#include "platform/os.h"
#include "platform/quote.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Stands in a folder while a run goes on that will write there. */
static const char marker_name[] = ".memwall-running";

enum { PATH = 1500 };

/* The path of a file in a folder; "", which no file has, if it is too long. */
static const char *in(const char *folder, const char *name, char to[PATH])
{
    if (snprintf(to, PATH, "%s/%s", folder, name) >= PATH)
        to[0] = '\0';
    return to;
}

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
    bool empty = true;
    for (struct dirent *e; (e = readdir(d));)
        empty &= strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 || strcmp(e->d_name, marker_name) == 0;
    closedir(d);
    return empty;
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
    if (n < 1 || (size_t)n + 64 > size)
        return mw_fail(err, -ENAMETOOLONG, "--out: a path of %d characters cannot be used", n);
    while (n > 1 && path[n - 1] == '/')
        path[--n] = '\0';
    return 0;
}

int mw_output_check(const char *path, mw_error *err)
{
    struct stat st;
    if (stat(path, &st) == 0 && !(S_ISDIR(st.st_mode) && empty_folder(path)))
        return mw_fail(err, -EEXIST, "%s: already exists and is not an empty folder; choose another --out", path);
    return 0;
}

/* Takes the folder for this run: -EEXIST if another one has it. A marker that a killed run left is no obstacle. */
static int take(mw_output *o, mw_error *err)
{
    char marker[PATH];
    o->lock = open(in(o->path, marker_name, marker), O_CREAT | O_RDWR | O_CLOEXEC, 0644);
    if (o->lock < 0)
        return mw_fail(err, -errno, "%s: cannot be written: %s; choose another --out", o->path, strerror(errno));
    if (flock(o->lock, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) /* some file systems know no locks */
        return 0;
    close(o->lock);
    o->lock = -1;
    o->made = false; /* made here, but taken by the other run in between: it is not for us to remove */
    return mw_fail(err, -EEXIST, "%s: another run is writing there; choose another --out", o->path);
}

int mw_output_open(const mw_session *s, mw_output *o, mw_error *err)
{
    *o = (mw_output){.lock = -1};
    int rc = mw_output_name(s, o->path, sizeof o->path, err);
    const size_t n = strlen(o->path);
    char *slash = strrchr(o->path, '/');
    if (!rc && slash && slash > o->path) {
        *slash = '\0'; /* the folder above */
        rc = mw_make_folders(o->path, err);
        *slash = '/';
    }
    if (rc)
        return rc;
    for (int i = 2; !(o->made = mkdir(o->path, 0755) == 0) && errno == EEXIST && !s->options->out && i < 1000; i++)
        snprintf(o->path + n, sizeof o->path - n, "-%d", i); /* several runs in one second */
    if (!o->made && errno != EEXIST)
        return mw_fail(err, -errno, "%s: cannot be created: %s; choose another --out", o->path, strerror(errno));
    if (!o->made)
        rc = mw_output_check(o->path, err);
    return rc ? rc : take(o, err);
}

bool mw_output_tidy(const char *path, bool made)
{
    char file[PATH];
    unlink(in(path, marker_name, file));
    if (made)
        rmdir(path); /* fails, as it should, if there are results in it */
    return access(in(path, "results.csv", file), F_OK) == 0;
}

void mw_output_close(mw_output *o)
{
    if (o->lock >= 0 || o->made)
        mw_output_tidy(o->path, o->made);
    if (o->lock >= 0)
        close(o->lock);
    *o = (mw_output){.lock = -1};
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

/* The command, quoted so that a shell takes it back. An installed bench is called `memwall bench`, two words. */
static int write_command(const void *session, FILE *to, mw_error *err)
{
    const mw_session *s = session;
    (void)err;
    for (int i = 0; i < s->argc; i++) {
        if (i)
            putc(' ', to);
        if (i == 0 && strcmp(s->argv[i], "memwall bench") == 0)
            fputs(s->argv[i], to);
        else
            mw_quote(to, s->argv[i]);
    }
    putc('\n', to);
    return 0;
}

static int write_file(const void *what, const char *folder, const char *name, write_fn *write, mw_error *err)
{
    char path[PATH];
    FILE *f = fopen(in(folder, name, path), "w");
    if (!f)
        return mw_fail(err, -errno, "%s: cannot be written: %s", path, strerror(errno));
    int rc = write(what, f, err);
    bool lost = fflush(f) || ferror(f) || mw_file_sync(fileno(f));
    lost |= fclose(f) != 0;
    if (lost && !rc)
        rc = mw_fail(err, -EIO, "%s: cannot be written: %s", path, strerror(errno));
    return rc;
}

void mw_output_remove(const char *path)
{
    DIR *d = opendir(path);
    if (!d)
        return;
    for (struct dirent *e; (e = readdir(d));) {
        char file[PATH];
        if (e->d_name[0] != '.')
            unlink(in(path, e->d_name, file));
    }
    closedir(d);
    rmdir(path);
}

/* All files of the run, into a folder. */
static int write_files(mw_session *s, const char *folder, mw_error *err)
{
    char xml[PATH];
    int rc = 0;
    mw_csv *tables[MW_MAX_TABLES];
    const int n = mw_session_tables(s, tables);
    for (int i = 0; i < n && !rc; i++)
        if (i == 0 || tables[i]->n_rows > 0)
            rc = write_file(tables[i], folder, tables[i]->file, write_table, err);
    if (!rc)
        rc = write_file(s, folder, "machine.json", write_machine, err);
    if (!rc)
        rc = write_file(s, folder, "command.txt", write_command, err);
    if (!rc)
        mw_topology_write_xml(s->topology, in(folder, "topology.xml", xml)); /* without hwloc there is none */
    return rc;
}

static int move_file(const char *from, const char *to, const char *name, mw_error *err)
{
    char old[PATH], new[PATH];
    if (rename(in(from, name, old), in(to, name, new)) == 0)
        return 0;
    return mw_fail(err, -errno, "%s: cannot be put in place: %s", new, strerror(errno));
}

/* Moves all files of a folder into another one; results.csv, without which a folder is no result, comes last. */
static int move_files(const char *from, const char *to, mw_error *err)
{
    DIR *d = opendir(from);
    int rc = d ? 0 : mw_fail(err, -errno, "%s: cannot be read: %s", from, strerror(errno));
    for (struct dirent *e; !rc && (e = readdir(d));)
        if (e->d_name[0] != '.' && strcmp(e->d_name, "results.csv") != 0)
            rc = move_file(from, to, e->d_name, err);
    if (d)
        closedir(d);
    rc = rc ? rc : move_file(from, to, "results.csv", err);
    rmdir(from);
    return rc;
}

int mw_output_write(mw_session *s, const char *path, mw_error *err)
{
    char temporary[PATH], marker[PATH];
    /* inside, so that it is on the same file system whatever `path` is, and its name is short */
    in(path, ".memwall-XXXXXX", temporary);
    if (!mkdtemp(temporary))
        return mw_fail(err, -errno, "%s: cannot be written: %s; choose another --out", path, strerror(errno));
    int rc = write_files(s, temporary, err);
    if (!rc)
        rc = move_files(temporary, path, err);
    if (rc)
        mw_output_remove(temporary);
    unlink(in(path, marker_name, marker));
    return rc;
}

#include "platform/object.h"

#include "platform/os.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The system's loader has no word for another CPU: glibc says that there is no such file. So the head of the file is
 * looked at before. */
enum { HEAD = 20 };

static unsigned number(const unsigned char *at, unsigned bytes)
{
    unsigned value = 0;
    while (bytes-- > 0)
        value = value << 8 | at[bytes];
    return value;
}

#ifdef __APPLE__
static const char kind[] = "Mach-O";
#else
static const char kind[] = "ELF";
#endif

/* 0, or -ENOEXEC with what is wrong about the first bytes of a file. */
static int look(const unsigned char head[HEAD], const char *path, mw_error *err)
{
#ifdef __APPLE__
    enum { X86_64 = 0x01000007, ARM64 = 0x0100000c };
    const unsigned magic = number(head, 4), machine = number(head + 4, 4);
    const bool any = magic == 0xbebafeca, known = any || magic == 0xfeedfacf, shared = true; /* any: universal */
#else
    enum { X86_64 = 62, ARM64 = 183, SHARED = 3, BITS_64 = 2 };
    const unsigned machine = number(head + 18, 2);
    const bool known = memcmp(head, "\177ELF", 4) == 0, any = false;
    const bool shared = head[4] != BITS_64 || number(head + 16, 2) == SHARED;
#endif
#ifdef __aarch64__
    const unsigned own = ARM64;
#else
    const unsigned own = X86_64;
#endif
    if (!known || !shared)
        return mw_fail(err, -ENOEXEC, "%s: is no shared object (%s); make one with cc -shared -fPIC", path, kind);
    if (!any && machine != own)
        return mw_fail(err, -ENOEXEC,
                       "%s: is for another CPU (%s machine %u%s), not for %s; compile it on this machine", path, kind,
                       machine,
                       machine == ARM64    ? ", AArch64"
                       : machine == X86_64 ? ", x86-64"
                                           : "",
                       mw_arch_name());
    return 0;
}

int mw_object_open(const char *path, const char *symbol, const void **at, mw_error *err)
{
    unsigned char head[HEAD] = {0};
    char place[1024];
    mw_file file;
    int rc = mw_file_open(path, &file, err);
    if (rc)
        return rc;
    rc = file.bytes < HEAD ? 0 : mw_file_read(&file, 0, head, HEAD, err);
    mw_file_close(&file);
    if (!rc)
        rc = look(head, path, err);
    /* without a slash it would be looked for where libraries are */
    if (!rc && (size_t)snprintf(place, sizeof place, "%s%s", strchr(path, '/') ? "" : "./", path) >= sizeof place)
        rc = mw_fail(err, -ENAMETOOLONG, "%.60s...: the path is too long; use a shorter one", path);
    if (rc)
        return rc;
    void *object = dlopen(place, RTLD_NOW | RTLD_LOCAL);
    if (!object) {
        const char *why = dlerror();
        return mw_fail(err, -ENOEXEC, "%s: cannot be loaded: %s", path, why ? why : "the system does not say why");
    }
    *at = dlsym(object, symbol);
    return *at ? 0 : mw_fail(err, -ESRCH, "%s: does not export %s; see memwall/kernel.h", path, symbol);
}

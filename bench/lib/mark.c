/* mark.c - see mark.h. */
#define _GNU_SOURCE /* memmem */
#include "mark.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LARGEST_COUNT 255

static const char *read_number(const char *at, const char *end, uint64_t *number)
{
    *number = 0;
    while (at < end && *at >= '0' && *at <= '9')
        *number = *number * 10 + (uint64_t)(*at++ - '0');
    return at;
}

bool find_mark(const void *text, size_t length, struct mark *mark)
{
    const char *end = (const char *)text + length;
    const char *start = memmem(text, length, "SEQ-", 4);
    if (!start)
        return false;
    start += 4;
    const char *after = read_number(start, end, &mark->number);
    if (after == start)
        return false;
    mark->stamp_us = 0;
    if (end - after >= 2 && after[0] == '-' && after[1] == 'T')
        read_number(after + 2, end, &mark->stamp_us);
    return true;
}

void tally_open(struct tally *tally, uint32_t size, const char *path, const char *program)
{
    int sharing = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE; /* untouched pages cost nothing */
    tally->size = size;
    tally->file = -1;
    if (path) {
        tally->file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
        if (tally->file < 0 || ftruncate(tally->file, size)) {
            fprintf(stderr, "%s: %s: %s\n", program, path, strerror(errno));
            exit(1);
        }
        sharing = MAP_SHARED;
    }
    tally->counts = mmap(NULL, size, PROT_READ | PROT_WRITE, sharing, tally->file, 0);
    if (tally->counts == MAP_FAILED) {
        fprintf(stderr, "%s: no memory for %u counts: %s\n", program, size, strerror(errno));
        exit(1);
    }
}

void tally_reset(struct tally *tally)
{
    bool emptied = tally->file >= 0 ? !ftruncate(tally->file, 0) && !ftruncate(tally->file, tally->size)
                                    : !madvise(tally->counts, tally->size, MADV_DONTNEED);
    if (!emptied)
        memset(tally->counts, 0, tally->size);
}

int tally_add(struct tally *tally, uint64_t number)
{
    if (number >= tally->size)
        return -1;
    int before = tally->counts[number];
    if (before < LARGEST_COUNT)
        tally->counts[number]++;
    return before;
}

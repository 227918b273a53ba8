/* mark.h - the mark that every benchmark text carries, and the counting of marks.
 *
 * A text holds `SEQ-<number>-T<microseconds>-`. The number tells which message it is (so that lost and doubled ones are
 * counted), the microseconds of CLOCK_MONOTONIC tell when it was made (so that its way is timed). */
#ifndef BENCH_MARK_H
#define BENCH_MARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define DEFAULT_TALLY_SIZE 20000000u

struct mark {
    uint64_t number;
    uint64_t stamp_us; /* 0 when the text carries no stamp */
};

/* False when there is no mark. */
bool find_mark(const void *text, size_t length, struct mark *mark);

/* One saturating count (0..255) for every number below `size`. */
struct tally {
    uint8_t *counts;
    uint32_t size;
    int file; /* the counts live in this file, or -1 */
};

/* With a path, the counts are kept in that file and survive a kill of the program; what it holds already is kept. */
void tally_open(struct tally *tally, uint32_t size, const char *path, const char *program);
void tally_reset(struct tally *tally);

/* Counts one more and returns how often it had been seen; -1 when the number is too large to be counted. */
int tally_add(struct tally *tally, uint64_t number);

#endif

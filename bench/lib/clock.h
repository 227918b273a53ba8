/* clock.h - the one clock of all measurements.
 *
 * CLOCK_MONOTONIC is common to all processes of a machine, so a stamp that a load generator writes into a text can be
 * subtracted from the time at which another tool sees that text. Generator, simulator and sink must therefore run on
 * one machine. */
#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

#include <stdint.h>
#include <time.h>

#define MICROSECONDS 1000000u /* in a second */

static inline uint64_t monotonic_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * MICROSECONDS + (uint64_t)now.tv_nsec / 1000;
}

static inline double seconds_between(uint64_t from_us, uint64_t to_us)
{
    return to_us > from_us ? (double)(to_us - from_us) / MICROSECONDS : 0.0;
}

/* How many items a fixed rate allows so far; the first is due at once. A rate of 0 means "no limit". */
static inline uint64_t due_by_rate(double per_second, uint64_t since_us, uint64_t limit)
{
    if (per_second <= 0)
        return limit;
    uint64_t due = (uint64_t)((double)(monotonic_us() - since_us) * per_second / MICROSECONDS) + 1;
    return due < limit ? due : limit;
}

#endif

/* histogram.h - durations in microseconds, kept in constant memory.
 *
 * Log-linear buckets: 32 for every power of two, so a percentile is right to about 3 percent over the whole range. */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_STEPS 32 /* buckets in a power of two; must itself be a power of two */
#define HISTOGRAM_BUCKETS (40 * HISTOGRAM_STEPS)

struct histogram {
    uint64_t count, sum, largest;
    uint64_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_reset(struct histogram *histogram);
void histogram_add(struct histogram *histogram, uint64_t value);

/* The lower edge of the bucket in which that share (0..100) of the values lies; 0 when nothing was added. */
uint64_t histogram_percentile(const struct histogram *histogram, double percent);
uint64_t histogram_mean(const struct histogram *histogram);

#endif

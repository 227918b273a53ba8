/* histogram.c - see histogram.h. */
#include "histogram.h"

#include <string.h>

#define STEP_BITS 5 /* log2 of HISTOGRAM_STEPS */

void histogram_reset(struct histogram *histogram)
{
    memset(histogram, 0, sizeof *histogram);
}

/* Values below HISTOGRAM_STEPS have a bucket each; above, the five bits after the leading one choose the step. */
static int bucket_of(uint64_t value)
{
    if (value < HISTOGRAM_STEPS)
        return (int)value;
    int leading_bit = 63 - __builtin_clzll(value);
    int step = (int)((value >> (leading_bit - STEP_BITS)) & (HISTOGRAM_STEPS - 1));
    int bucket = (leading_bit - STEP_BITS + 1) * HISTOGRAM_STEPS + step;
    return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

static uint64_t lower_edge(int bucket)
{
    if (bucket < HISTOGRAM_STEPS)
        return (uint64_t)bucket;
    int shift = bucket / HISTOGRAM_STEPS - 1;
    return (uint64_t)(HISTOGRAM_STEPS + bucket % HISTOGRAM_STEPS) << shift;
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
    histogram->count++;
    histogram->sum += value;
    if (value > histogram->largest)
        histogram->largest = value;
    histogram->buckets[bucket_of(value)]++;
}

uint64_t histogram_percentile(const struct histogram *histogram, double percent)
{
    if (!histogram->count)
        return 0;
    uint64_t rank = (uint64_t)(percent / 100.0 * (double)histogram->count), passed = 0;
    if (rank >= histogram->count)
        rank = histogram->count - 1;
    for (int bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
        passed += histogram->buckets[bucket];
        if (passed > rank)
            return lower_edge(bucket) < histogram->largest ? lower_edge(bucket) : histogram->largest;
    }
    return histogram->largest;
}

uint64_t histogram_mean(const struct histogram *histogram)
{
    return histogram->count ? histogram->sum / histogram->count : 0;
}

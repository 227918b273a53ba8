/* options.c - see options.h. */
#define _GNU_SOURCE
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"

#define HELP_COLUMN 30
#define HELP_CODE 1000 /* what getopt_long returns for --help; the rows return their index */

static bool read_whole(const char *text, uint64_t largest, uint64_t *value)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 0);
    if (errno || end == text || *end || *text == '-' || number > largest)
        return false;
    *value = number;
    return true;
}

static bool read_fraction(const char *text, double largest, double *value)
{
    char *end;
    double number = strtod(text, &end);
    if (end == text || *end || !(number >= 0 && number <= largest))
        return false;
    *value = number;
    return true;
}

bool set_option_value(const struct option_row *row, const char *text)
{
    uint64_t whole;
    switch (row->kind) {
    case OPTION_FLAG:
        *(bool *)row->value = true;
        return true;
    case OPTION_TEXT:
        *(const char **)row->value = text;
        return true;
    case OPTION_PORT:
    case OPTION_INTEGER:
        if (!read_whole(text, row->kind == OPTION_PORT ? 65535 : INT32_MAX, &whole))
            return false;
        *(int *)row->value = (int)whole;
        return true;
    case OPTION_COUNT:
        return read_whole(text, UINT64_MAX, row->value);
    case OPTION_STATUS:
        if (!read_whole(text, UINT32_MAX, &whole))
            return false;
        *(uint32_t *)row->value = (uint32_t)whole;
        return true;
    case OPTION_DECIMAL:
        return read_fraction(text, 1e12, row->value);
    case OPTION_PERCENT:
        return read_fraction(text, 100, row->value);
    }
    return false;
}

const struct option_row *find_live_option(const struct option_row *options, const char *name)
{
    for (; options->name; options++)
        if (options->live && !strcmp(options->name, name))
            return options;
    return NULL;
}

/* Shown only where there is something to tell: 0, an empty text and an unset flag say themselves in the meaning. */
static void print_default(const struct option_row *row)
{
    switch (row->kind) {
    case OPTION_FLAG:
        break;
    case OPTION_TEXT:
        if (*(const char **)row->value)
            printf(" (default '%s')", *(const char **)row->value);
        break;
    case OPTION_PORT:
    case OPTION_INTEGER:
        if (*(int *)row->value > 0)
            printf(" (default %d)", *(int *)row->value);
        break;
    case OPTION_COUNT:
        if (*(uint64_t *)row->value)
            printf(" (default %llu)", (unsigned long long)*(uint64_t *)row->value);
        break;
    case OPTION_STATUS:
        printf(" (default 0x%02x)", *(uint32_t *)row->value);
        break;
    case OPTION_DECIMAL:
    case OPTION_PERCENT:
        if (*(double *)row->value > 0)
            printf(" (default %g)", *(double *)row->value);
        break;
    }
}

void print_help(const struct program *program)
{
    printf("usage: %s %s\n\n%s\n\noptions:\n", program->name, program->usage, program->purpose);
    for (const struct option_row *row = program->options; row->name; row++) {
        char left[128];
        snprintf(left, sizeof left, "  --%s %s", row->name, row->argument ? row->argument : "");
        printf("%-*s %s", HELP_COLUMN, left, row->meaning);
        print_default(row);
        printf("\n");
    }
    printf("%-*s %s\n", HELP_COLUMN, "  --help", "show this and end");
    if (program->notes)
        printf("\n%s\n", program->notes);
}

void refuse_options(const struct program *program, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s: ", program->name);
    vfprintf(stderr, format, arguments);
    fprintf(stderr, " (see %s --help)\n", program->name);
    va_end(arguments);
    exit(2);
}

static struct option *getopt_table(const struct option_row *rows)
{
    int count = 0;
    while (rows[count].name)
        count++;
    struct option *table = allocate((size_t)count + 2, sizeof *table);
    for (int row = 0; row < count; row++) {
        int argument = rows[row].kind == OPTION_FLAG ? no_argument : required_argument;
        table[row] = (struct option){.name = rows[row].name, .has_arg = argument, .val = row};
    }
    table[count] = (struct option){.name = "help", .has_arg = no_argument, .val = HELP_CODE};
    return table;
}

void parse_options(const struct program *program, int argc, char **argv, int first)
{
    struct option *table = getopt_table(program->options);
    int code;
    optind = first;
    opterr = 0;
    while ((code = getopt_long(argc, argv, "", table, NULL)) != -1) {
        if (code == HELP_CODE) {
            print_help(program);
            exit(0);
        }
        if (code == '?')
            refuse_options(program, "unknown option, or no argument: %s", argv[optind - 1]);
        if (!set_option_value(&program->options[code], optarg))
            refuse_options(program, "--%s does not take '%s'", program->options[code].name, optarg);
    }
    if (optind < argc)
        refuse_options(program, "unexpected argument: %s", argv[optind]);
    free(table);
}

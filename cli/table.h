/* SPDX-License-Identifier: Apache-2.0 */
/** @file table.h
 * A listing with aligned columns that gives up its less important columns where the terminal is narrow. */
#ifndef ZCF_CLI_TABLE_H
#define ZCF_CLI_TABLE_H

#include "terminal.h"

#include <stdbool.h>
#include <stdio.h>

struct table;

struct table_column {
	const char *title;
	bool right;        /**< Right-aligned: numbers. */
	unsigned optional; /**< 0: always shown; of the others the one with the largest number goes first. */
};

/** @param columns  Borrowed for the life of the table. */
struct table *table_create(const struct table_column *columns, size_t column_count);
void table_destroy(struct table *table);

/** Add the next cell; a row is full when every column has one. */
void table_add(struct table *table, enum terminal_style style, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** Print titles and rows. @param width  Columns of the terminal, 0: no limit. @param indent  Before each line. */
void table_print(const struct table *table, FILE *output, int width, const char *indent);

#endif

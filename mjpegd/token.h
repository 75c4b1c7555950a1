/* SPDX-License-Identifier: Apache-2.0 */
/** @file token.h
 * The secret that a client must know, if the server was given one. */
#ifndef ZCFRAME_MJPEGD_TOKEN_H
#define ZCFRAME_MJPEGD_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#define TOKEN_MINIMUM_LENGTH 16
#define TOKEN_MAXIMUM_LENGTH 256

struct token {
	char text[TOKEN_MAXIMUM_LENGTH + 1]; /**< Zero behind the token, to the end. */
};

/**
 * Read the first line of a file.
 *
 * @param why  Receives a sentence if it fails.
 * @return 0; -EINVAL for a token that cannot be; another negative errno.
 */
int token_load(const char *path, struct token *ret_token, char *why, size_t why_size);

/** @return Whether @p presented is the token. Takes as long whatever is wrong with it. */
bool token_matches(const struct token *token, const char *presented);

#endif

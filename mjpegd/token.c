/* SPDX-License-Identifier: Apache-2.0 */
#include "token.h"

#include "app/log.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* A token stands in addresses as it is, so it is made of what needs no escaping there. */
static bool is_token_character(char character)
{
	return isalnum((unsigned char)character) || strchr("-._~", character) != NULL;
}

static int check_token(const char *path, const char *text, char *why, size_t why_size)
{
	size_t length = strlen(text);

	if (length < TOKEN_MINIMUM_LENGTH || length > TOKEN_MAXIMUM_LENGTH) {
		snprintf(why, why_size,
			 "%s: a token has %d to %d characters, this one has %zu; make one with: "
			 "openssl rand -hex 24",
			 path, TOKEN_MINIMUM_LENGTH, TOKEN_MAXIMUM_LENGTH, length);
		return -EINVAL;
	}
	for (const char *character = text; *character != '\0'; character++) {
		if (!is_token_character(*character)) {
			snprintf(why, why_size,
				 "%s: a token is made of letters, digits and - . _ ~ only; make one with: "
				 "openssl rand -hex 24",
				 path);
			return -EINVAL;
		}
	}
	return 0;
}

static void warn_if_readable_by_others(const char *path, FILE *file)
{
	struct stat status;
	char quoted[512];

	if (fstat(fileno(file), &status) == 0 && (status.st_mode & (S_IROTH | S_IWOTH)) != 0)
		app_log(APP_LOG_WARNING, "every user of this machine can read the token; chmod o-rw it",
			"token_file=%s", app_log_quote(quoted, sizeof(quoted), path));
}

int token_load(const char *path, struct token *ret_token, char *why, size_t why_size)
{
	/* Room for what is too long, so that it is seen to be, and for the end of the line. */
	char line[TOKEN_MAXIMUM_LENGTH + 3] = "";
	FILE *file = fopen(path, "re");
	int error;

	if (file == NULL) {
		error = -errno;
		snprintf(why, why_size, "%s: cannot be opened: %s", path, strerror(errno));
		return error;
	}
	warn_if_readable_by_others(path, file);
	errno = 0;
	if (fgets(line, sizeof(line), file) == NULL && ferror(file)) {
		error = errno != 0 ? -errno : -EIO;
		snprintf(why, why_size, "%s: cannot be read: %s", path, strerror(-error));
		fclose(file);
		return error;
	}
	fclose(file);
	line[strcspn(line, "\r\n")] = '\0';
	error = check_token(path, line, why, why_size);
	if (error != 0)
		return error;
	memset(ret_token, 0, sizeof(*ret_token));
	memcpy(ret_token->text, line, strlen(line));
	return 0;
}

bool token_matches(const struct token *token, const char *presented)
{
	char padded[sizeof(token->text)] = "";
	size_t length = strlen(presented);
	volatile unsigned char difference = length > TOKEN_MAXIMUM_LENGTH;

	memcpy(padded, presented, length > TOKEN_MAXIMUM_LENGTH ? TOKEN_MAXIMUM_LENGTH : length);
	for (size_t i = 0; i < sizeof(padded); i++)
		difference |= (unsigned char)(padded[i] ^ token->text[i]);
	return difference == 0;
}

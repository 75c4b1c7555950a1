/* SPDX-License-Identifier: Apache-2.0 */
#include "host_check.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define NAME_SIZE 256

/* Copies the name out of "name", "name:port", "[address]" or "[address]:port". */
static bool copy_name(const char *host, char *name)
{
	const char *start = host, *end;

	if (*host == '[') {
		start = host + 1;
		end = strchr(start, ']');
	} else {
		end = strchrnul(start, ':');
	}
	if (end == NULL || end == start || end - start >= NAME_SIZE)
		return false;
	memcpy(name, start, (size_t)(end - start));
	name[end - start] = '\0';
	return true;
}

static bool is_address(const char *name)
{
	struct in6_addr address;

	return inet_pton(AF_INET, name, &address) == 1 || inet_pton(AF_INET6, name, &address) == 1;
}

static bool ends_with(const char *name, const char *suffix)
{
	size_t length = strlen(name), suffix_length = strlen(suffix);

	return length > suffix_length && strcasecmp(name + length - suffix_length, suffix) == 0;
}

/* The machine's own name, alone or as multicast DNS publishes it. */
static bool is_host_name(const char *name)
{
	char own[HOST_NAME_MAX + 1] = "";
	size_t length;

	if (gethostname(own, sizeof(own) - 1) != 0 || own[0] == '\0')
		return false;
	length = strlen(own);
	if (strncasecmp(name, own, length) != 0)
		return false;
	return name[length] == '\0' || strcasecmp(name + length, ".local") == 0;
}

static bool list_has(const char *list, const char *name)
{
	static const char separators[] = " \t,";
	size_t length;

	for (list += strspn(list, separators); *list != '\0'; list += length + strspn(list + length, separators)) {
		length = strcspn(list, separators);
		if (length == strlen(name) && strncasecmp(list, name, length) == 0)
			return true;
	}
	return false;
}

bool host_is_ours(const char *host, const char *allowed_hosts)
{
	char name[NAME_SIZE];

	/* Only programs older than HTTP/1.1 leave it out; browsers never do. */
	if (host == NULL)
		return true;
	if (!copy_name(host, name))
		return false;
	return is_address(name) || strcasecmp(name, "localhost") == 0 || ends_with(name, ".localhost") ||
	       is_host_name(name) || (allowed_hosts != NULL && list_has(allowed_hosts, name));
}

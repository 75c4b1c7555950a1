/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZCF_ERROR_H
#define ZCF_ERROR_H

/*
 * Record the sentence that zcf_error_detail() returns and hand the error through:
 * `return zcf_fail(-EINVAL, "channel \"%s\": ...", name);`
 */
int zcf_fail(int error, const char *format, ...) __attribute__((cold, format(printf, 2, 3)));

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/** @file vendor_error.h
 * What a code of the vendor's camera libraries means, and what to check on the board. */
#ifndef CAMERAD_VIO_VENDOR_ERROR_H
#define CAMERAD_VIO_VENDOR_ERROR_H

#include <stddef.h>
#include <stdint.h>

/**
 * Write a sentence: the call, its object, the code, its name, its meaning, what to check.
 *
 * @param call    Such as "hbn_vflow_start".
 * @param object  What it was called for, such as "VSE output 1"; "" if that is clear.
 */
void vio_vendor_error_describe(const char *call, const char *object, int32_t code, char *text, size_t text_size);

#endif

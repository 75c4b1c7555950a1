/* SPDX-License-Identifier: Apache-2.0 */
/** @file image_layout.h
 * Between the frames of programs and ours. Programs compiled against the vendor's headers of September 2024 have ours
 * (hbn_vnode_image_t, 224 bytes). Later headers have a field sys_timestamps in it (232 bytes), and a longer isp_attr_t
 * and vin_ochn_attr_t: the switch ZCF_EMULATION_LATER_HEADERS says that the program was compiled against those. */
#ifndef EMULATION_VPF_IMAGE_LAYOUT_H
#define EMULATION_VPF_IMAGE_LAYOUT_H

#include "../include/emulated_hbn.h"

#include <stdbool.h>
#include <stddef.h>

#define LATER_ISP_ATTR_SIZE      48
#define LATER_VIN_OCHN_ATTR_SIZE 76
#define LATER_VIN_ATTR_EX_SIZE   368

/** Whether the program was compiled against later headers. Asked once: a program does not change while it runs. */
bool later_headers(void);

/** Fill the program's image. */
void image_give(const hbn_vnode_image_t *image, void *program_image);

/** Read the program's image. */
hbn_vnode_image_t image_read(const void *program_image);

/** The bit map of the program's group, which begins with its first image. */
uint32_t *group_bit_map(hbn_vnode_image_group_t *program_group);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZCF_HOT_H
#define ZCF_HOT_H

/*
 * On the path of a frame. The linker puts these functions side by side: after a frame interval of sleep each page of
 * code that is touched costs a walk through the page tables, and in a virtual machine two.
 */
#define ZCF_HOT __attribute__((hot))

#endif

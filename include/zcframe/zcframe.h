/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file zcframe.h
 * libzcframe: camera frames shared between processes without a copy. Includes the whole API.
 */
#ifndef ZCFRAME_ZCFRAME_H
#define ZCFRAME_ZCFRAME_H

#include "consumer.h"
#include "frame.h"
#include "producer.h"
#include "snapshot.h"
#include "types.h"
#include "version.h"

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/** @file emulated_camera_layout.h
 * The sizes and offsets that the vendor's libcam 1.1.0 has. */
#ifndef EMULATED_CAMERA_LAYOUT_H
#define EMULATED_CAMERA_LAYOUT_H

#include "emulated_hb_mem_layout.h"

EMULATED_SIZE(mipi_host_cfg_t, 40);
EMULATED_OFFSET(mipi_host_cfg_t, lane, 2);
EMULATED_OFFSET(mipi_host_cfg_t, settle, 20);
EMULATED_OFFSET(mipi_host_cfg_t, ppi_pg, 22);
EMULATED_OFFSET(mipi_host_cfg_t, channel_num, 30);
EMULATED_OFFSET(mipi_host_cfg_t, channel_sel, 32);
EMULATED_SIZE(mipi_config_t, 224);
EMULATED_OFFSET(mipi_config_t, rx_attr, 4);
EMULATED_OFFSET(mipi_config_t, rx_ex_mask, 48);
EMULATED_OFFSET(mipi_config_t, rx_attr_ex, 56);
EMULATED_OFFSET(mipi_config_t, bypass, 208);
EMULATED_OFFSET(mipi_config_t, end_flag, 216);
EMULATED_SIZE(camera_config_t, 320);
EMULATED_OFFSET(camera_config_t, addr, 108);
EMULATED_OFFSET(camera_config_t, serial_addr, 120);
EMULATED_OFFSET(camera_config_t, sensor_mode, 124);
EMULATED_OFFSET(camera_config_t, gpio_enable_bit, 132);
EMULATED_OFFSET(camera_config_t, bus_timeout, 144);
EMULATED_OFFSET(camera_config_t, fps, 148);
EMULATED_OFFSET(camera_config_t, width, 152);
EMULATED_OFFSET(camera_config_t, height, 156);
EMULATED_OFFSET(camera_config_t, format, 160);
EMULATED_OFFSET(camera_config_t, config_index, 172);
EMULATED_OFFSET(camera_config_t, ts_compensate, 176);
EMULATED_OFFSET(camera_config_t, mipi_cfg, 184);
EMULATED_OFFSET(camera_config_t, calib_lname, 192);
EMULATED_OFFSET(camera_config_t, sensor_param, 304);
EMULATED_OFFSET(camera_config_t, iparam_mode, 312);
EMULATED_OFFSET(camera_config_t, end_flag, 316);
EMULATED_SIZE(camera_handle_t, 8);

#endif

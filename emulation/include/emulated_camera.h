/* SPDX-License-Identifier: Apache-2.0 */
/** @file emulated_camera.h
 * What a program sees of libcam.so.1 on an RDK X5: describing a camera and plugging it into a VIN node. Declared
 * anew from the binary layout; names are the vendor's. */
#ifndef EMULATED_CAMERA_H
#define EMULATED_CAMERA_H

#include "emulated_hbn.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef int64_t camera_handle_t;
typedef int64_t deserial_handle_t;

typedef struct mipi_host_cfg_s {
	uint16_t phy, lane, datatype, fps, mclk, mipiclk, width, height, linelenth, framelenth, settle, ppi_pg;
	uint16_t reserved[3];
	uint16_t channel_num;
	uint16_t channel_sel[4];
} mipi_host_cfg_t;

typedef struct mipi_config_s {
	uint32_t rx_enable;
	mipi_host_cfg_t rx_attr;
	uint64_t rx_ex_mask;
	uint8_t rx_attr_ex[148];
	void *bypass;
	uint32_t end_flag;
} mipi_config_t;

/** The emulation reads the name, the size and the frame rate. */
typedef struct camera_config_s {
	char name[108];
	uint32_t addr, isp_addr, eeprom_addr, serial_addr;
	uint32_t sensor_mode, sensor_clk, gpio_enable_bit, gpio_level_bit, bus_select, bus_timeout;
	uint32_t fps, width, height, format, flags, extra_mode, config_index, ts_compensate;
	mipi_config_t *mipi_cfg;
	char calib_lname[108];
	void *sensor_param;
	uint32_t iparam_mode;
	uint32_t end_flag;
} camera_config_t;

int32_t hbn_camera_create(camera_config_t *config, camera_handle_t *camera);
int32_t hbn_camera_destroy(camera_handle_t camera);
int32_t hbn_camera_attach_to_vin(camera_handle_t camera, vpf_handle_t vin);
int32_t hbn_camera_detach_from_vin(camera_handle_t camera);
int32_t hbn_camera_attach_to_deserial(camera_handle_t camera, deserial_handle_t deserial, int32_t link);
int32_t hbn_camera_detach_from_deserial(camera_handle_t camera);
int32_t hbn_camera_start(camera_handle_t camera);
int32_t hbn_camera_stop(camera_handle_t camera);
int32_t hbn_camera_reset(camera_handle_t camera);
int32_t hbn_camera_change_fps(camera_handle_t camera, int32_t fps);
int32_t hbn_camera_read_register(camera_handle_t camera, int32_t type, uint32_t address);
int32_t hbn_camera_write_register(camera_handle_t camera, int32_t type, uint32_t address, uint32_t value);
int32_t hbn_camera_parse_emb(camera_handle_t camera, char *raw, void *info);
int32_t hbn_camera_update_ae_info(camera_handle_t camera, void *info);
int32_t hbn_camera_get_sns_info(camera_handle_t camera, int32_t type, void *parameter);
int32_t hbn_camera_set_event_callback(camera_handle_t camera, void (*callback)(void *event));
int32_t hbn_camera_get_status(camera_handle_t camera, void *status);
int32_t hbn_camera_get_version(camera_handle_t camera, int32_t type, char *name, char *version);
camera_handle_t hbn_camera_get_handle(vpf_handle_t vin, int32_t index);
int32_t hbn_camera_init_cfg(const char *path);
int32_t hbn_camera_switch_scence(int64_t vflow, int64_t isp, const char *name);

#ifdef __cplusplus
}
#endif

#endif
